package org.verbena.ndk;

/** NDK_RDMA_TECHNOLOGY: the transport of an adapter. */
public enum NdkRdmaTechnology {
  /** Not known. */
  UNDEFINED(0),

  /** iWARP. */
  IWARP(1),

  /** InfiniBand. */
  INFINIBAND(2),

  /** RDMA over Converged Ethernet, version 1. */
  ROCE(3),

  /** RDMA over Converged Ethernet, version 2. */
  ROCE_V2(4);

  private final int value;

  NdkRdmaTechnology(int value) {
    this.value = value;
  }

  /** {@return the NDKPI value} */
  public int value() {
    return value;
  }
}

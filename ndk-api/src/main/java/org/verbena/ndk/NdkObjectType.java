package org.verbena.ndk;

/** NDK_OBJECT_TYPE: what kind of object an {@link NdkObject} is. */
public enum NdkObjectType {
  /** {@link NdkAdapter}. */
  ADAPTER(1),

  /** {@link NdkQp}. */
  QP(2),

  /** {@link NdkCq}. */
  CQ(3),

  /** {@link NdkMr}. */
  MR(4),

  /** {@link NdkMw}. */
  MW(5),

  /** {@link NdkPd}. */
  PD(6),

  /** {@link NdkSharedEndpoint}. */
  SHARED_ENDPOINT(7),

  /** {@link NdkConnector}. */
  CONNECTOR(8),

  /** {@link NdkListener}. */
  LISTENER(9),

  /** {@link NdkSrq}. */
  SRQ(10),

  /** {@link NdkWaitSet}: Verbena's own, with a value far from NDKPI's. */
  WAIT_SET(0x1000);

  private final int value;

  NdkObjectType(int value) {
    this.value = value;
  }

  /** {@return the value, NDKPI's for its types} */
  public int value() {
    return value;
  }
}

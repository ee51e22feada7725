package org.verbena.ndk;

/** NDK_OPERATION_TYPE: the kind of request that a result belongs to. */
public enum NdkOperationType {
  /** A receive. */
  RECEIVE(1),

  /** A receive whose sender invalidated one of our tokens. */
  RECEIVE_AND_INVALIDATE(32769),

  /** A send, with or without invalidate. */
  SEND(2),

  /** A fast registration. */
  FAST_REGISTER(4),

  /** A memory window bind. */
  BIND(8),

  /** An invalidation of a local token. */
  INVALIDATE(16),

  /** An RDMA read. */
  READ(32),

  /** An RDMA write. */
  WRITE(64),

  /** A receive of a message with immediate data; Verbena's own, not NDKPI's. */
  RECEIVE_WITH_IMMEDIATE(0x0001_0001),

  /** A receive that the peer's write with immediate data consumed; Verbena's own, not NDKPI's. */
  RECEIVE_WRITE_WITH_IMMEDIATE(0x0001_0002),

  /** An atomic compare-and-swap; Verbena's own, not NDKPI's. */
  COMPARE_AND_SWAP(0x0001_0004),

  /** An atomic fetch-and-add; Verbena's own, not NDKPI's. */
  FETCH_AND_ADD(0x0001_0008);

  private static final NdkOperationType[] VALUES = values();

  private final int value;

  NdkOperationType(int value) {
    this.value = value;
  }

  /** {@return the NDKPI value} */
  public int value() {
    return value;
  }

  /**
   * Returns the type with an NDKPI value.
   *
   * @param value a value that {@link #value} returns for one of the constants
   * @return that constant
   * @throws IllegalArgumentException if there is none
   */
  public static NdkOperationType of(int value) {
    for (NdkOperationType type : VALUES) {
      if (type.value == value) {
        return type;
      }
    }
    throw new IllegalArgumentException("no operation type has the value " + value);
  }
}

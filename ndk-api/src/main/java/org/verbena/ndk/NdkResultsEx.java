package org.verbena.ndk;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;

/**
 * An off-heap array of NDK_RESULT_EX for {@link NdkCq#getCqResultsEx}. {@link NdkCq#getCqResults}
 * fills it likewise.
 *
 * <pre>
 *   NDK_RESULT_EX, 40 bytes
 *    0  an NDK_RESULT
 *   24  Type                          int    NDK_OPERATION_TYPE
 *   28  ProviderErrorCode             int    0 on success
 *   32  TypeSpecificCompletionOutput  long
 * </pre>
 *
 * @see NdkResults
 */
public final class NdkResultsEx extends NdkResults {
  /** Bytes of one NDK_RESULT_EX. */
  public static final int SIZE = 40;

  private static final VarHandle TYPE = intAt(24, SIZE);
  private static final VarHandle PROVIDER_ERROR_CODE = intAt(28, SIZE);
  private static final VarHandle TYPE_SPECIFIC_OUTPUT = longAt(32, SIZE);

  /**
   * Allocates an array.
   *
   * @param capacity the most results of one poll, at least 1
   * @throws IllegalArgumentException if it is less than 1
   */
  public NdkResultsEx(int capacity) {
    super(capacity, SIZE);
  }

  /**
   * Returns the kind of the request.
   *
   * @param index the entry, from 0
   * @return its type, on success and on failure
   */
  public NdkOperationType type(int index) {
    int type = (int) TYPE.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return NdkOperationType.of(type);
  }

  /**
   * Returns the device's code for a failure.
   *
   * @param index the entry, from 0
   * @return 0 on success, else {@code ibv_wc.status << 24 | ibv_wc.vendor_err & 0xFFFFFF}; for a
   *     deferred request that the driver refused, the errno value of {@code ibv_post_send}
   */
  public int providerErrorCode(int index) {
    int code = (int) PROVIDER_ERROR_CODE.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return code;
  }

  /**
   * Returns the token that the peer invalidated, or the immediate data that it sent.
   *
   * @param index the entry, from 0
   * @return the token if the type is {@link NdkOperationType#RECEIVE_AND_INVALIDATE}, the data if
   *     it is {@link NdkOperationType#RECEIVE_WITH_IMMEDIATE} or {@link
   *     NdkOperationType#RECEIVE_WRITE_WITH_IMMEDIATE}, as unsigned 32 bits; else undefined
   */
  public long typeSpecificCompletionOutput(int index) {
    long output = (long) TYPE_SPECIFIC_OUTPUT.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return output;
  }
}

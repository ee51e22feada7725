package org.verbena.ndk.extension;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/**
 * Sends and writes that carry 4 bytes of immediate data; an extension of every {@link NdkQp}, for
 * the threads that may post on it.
 *
 * <p>The receiver finds the data in {@link
 * org.verbena.ndk.NdkResultsEx#typeSpecificCompletionOutput}, as an unsigned number, of a result of
 * type {@link NdkOperationType#RECEIVE_WITH_IMMEDIATE} or {@link
 * NdkOperationType#RECEIVE_WRITE_WITH_IMMEDIATE}.
 */
public interface ImmediateData {
  /** This extension, for {@link org.verbena.ndk.NdkObject#queryExtension}. */
  NdkExtension<ImmediateData> EXTENSION =
      new NdkExtension<>(
          UUID.fromString("5b0e3a52-6b3b-4a0f-9d0e-2f6f3a0b7c02"),
          new NdkVersion(1, 0),
          ImmediateData.class);

  /**
   * Sends a message with immediate data (IBV_WR_SEND_WITH_IMM). Its result is of type {@link
   * NdkOperationType#SEND}.
   *
   * @param requestContext returned in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param immediate the immediate data, in host byte order
   * @param flags as for {@link NdkQp#send}
   * @return the status of the post; see {@link NdkQp}
   */
  NdkStatus sendWithImmediate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int immediate, int flags);

  /**
   * Writes to memory of the peer and consumes one of its receives, whose result reports the write
   * (IBV_WR_RDMA_WRITE_WITH_IMM). Its result is of type {@link NdkOperationType#WRITE}; the peer's
   * {@code BytesTransferred} is the length written, and the receive's own memory stays as it was.
   *
   * @param requestContext returned in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the virtual address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param immediate the immediate data, in host byte order
   * @param flags as for {@link NdkQp#send}
   * @return the status of the post; see {@link NdkQp}
   */
  NdkStatus writeWithImmediate(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags);
}

package org.verbena.ndk.extension;

import java.util.UUID;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/**
 * Atomic operations on 8 bytes of the peer's memory; an extension of {@link NdkQp} on devices that
 * support them ({@code atomic_cap}), for the threads that may post on it.
 *
 * <p>The peer's region must be registered with {@link #MR_FLAG_ALLOW_REMOTE_ATOMIC}. Operations are
 * atomic among those that the peer's device executes; whether also against its processors depends
 * on the device. They count as reads against the connection's outbound read limit, which must not
 * be 0, and numbers are in the host's byte order.
 */
public interface RemoteAtomics {
  /** This extension, for {@link org.verbena.ndk.NdkObject#queryExtension}. */
  NdkExtension<RemoteAtomics> EXTENSION =
      new NdkExtension<>(
          UUID.fromString("5b0e3a52-6b3b-4a0f-9d0e-2f6f3a0b7c03"),
          new NdkVersion(1, 0),
          RemoteAtomics.class);

  /** For {@link NdkMr#registerMr}: the peer may use atomic operations; contains local write. */
  int MR_FLAG_ALLOW_REMOTE_ATOMIC = 0x0001_0001;

  /**
   * Replaces a number if it has the expected value (IBV_WR_ATOMIC_CMP_AND_SWP). Its result is of
   * type {@link NdkOperationType#COMPARE_AND_SWAP}.
   *
   * @param requestContext returned in the result
   * @param sgl its first element, of 8 bytes, receives the number as it was before
   * @param remoteAddress the virtual address of the number, a multiple of 8
   * @param remoteToken the peer's remote token
   * @param expected the number to be replaced
   * @param replacement the number to put in its place
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link org.verbena.ndk.NdkOpFlags}
   * @return the status of the post, see {@link NdkQp}; {@link NdkStatus#INVALID_PARAMETER} for an
   *     address that is no multiple of 8, or an element of another length
   */
  NdkStatus compareAndSwap(
      long requestContext,
      NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long expected,
      long replacement,
      int flags);

  /**
   * Adds to a number (IBV_WR_ATOMIC_FETCH_AND_ADD). Its result is of type {@link
   * NdkOperationType#FETCH_AND_ADD}.
   *
   * @param requestContext returned in the result
   * @param sgl its first element, of 8 bytes, receives the number as it was before
   * @param remoteAddress the virtual address of the number, a multiple of 8
   * @param remoteToken the peer's remote token
   * @param addend the number to add
   * @param flags as for {@link #compareAndSwap}
   * @return as {@link #compareAndSwap}
   */
  NdkStatus fetchAndAdd(
      long requestContext, NdkSgl sgl, long remoteAddress, int remoteToken, long addend, int flags);
}

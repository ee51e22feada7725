package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletionStage;

/**
 * NDK_MR: a memory region, which makes memory usable for RDMA ({@code ibv_mr}).
 *
 * <p>The memory stays the caller's, at its own address; nothing is copied. It must stay allocated
 * from registration until deregistration or close has <em>ended</em>: the device writes to it
 * without asking the JVM, so closing its arena earlier is like freeing memory in use.
 */
public interface NdkMr extends NdkObject {
  /**
   * Registers memory (NdkRegisterMr; {@code ibv_reg_mr}): pins its pages and gives it tokens.
   *
   * @param memory any native segment, mapped files included, from 1 byte to {@link
   *     NdkAdapterInfo#maxRegistrationSize}
   * @param flags {@link NdkMrFlags}
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#INSUFFICIENT_RESOURCES}
   *     (often the limit of locked memory, which the detail then names), {@link
   *     NdkStatus#ACCESS_VIOLATION} (not mapped, or read-only memory with a right to write)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_PARAMETER} (length or flags),
   *     {@link NdkStatus#INVALID_DEVICE_STATE} (registered already), {@link
   *     NdkStatus#INVALID_HANDLE}
   * @throws IllegalArgumentException if the segment is on the heap
   * @throws IllegalStateException if its arena is closed
   */
  NdkStatus registerMr(MemorySegment memory, int flags, NdkRequestCompletion completion);

  /**
   * Registers memory; see {@link #registerMr(MemorySegment, int, NdkRequestCompletion)}.
   *
   * @param memory any native segment
   * @param flags {@link NdkMrFlags}
   * @return completes when the memory is registered
   */
  default CompletionStage<Void> registerMr(MemorySegment memory, int flags) {
    return Stages.of("register", completion -> registerMr(memory, flags, completion));
  }

  /**
   * Ends the registration (NdkDeregisterMr; {@code ibv_dereg_mr}). Requests that still use the
   * tokens fail.
   *
   * @param completion runs with {@link NdkStatus#SUCCESS}, or {@link NdkStatus#DEVICE_BUSY} while a
   *     memory window is bound
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_STATE} (not registered),
   *     {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus deregisterMr(NdkRequestCompletion completion);

  /**
   * Ends the registration; see {@link #deregisterMr(NdkRequestCompletion)}.
   *
   * @return completes when the memory is free
   */
  default CompletionStage<Void> deregisterMr() {
    return Stages.of("deregister", this::deregisterMr);
  }

  /**
   * Gets the token for scatter/gather elements of this side (NdkGetLocalTokenFromMr; {@code lkey}).
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered
   */
  int getLocalTokenFromMr();

  /**
   * Gets the token to give to the peer for its reads and writes (NdkGetRemoteTokenFromMr; {@code
   * rkey}). The peer also needs the memory's address, {@link MemorySegment#address}.
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered
   */
  int getRemoteTokenFromMr();
}

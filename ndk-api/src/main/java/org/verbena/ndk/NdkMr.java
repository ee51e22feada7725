package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletionStage;

/**
 * NDK_MR: a memory region: memory registered for RDMA ({@code ibv_mr}).
 *
 * <p>The memory stays the caller's, at its own address; nothing is copied. It must stay allocated
 * until its deregistration or the region's close has <em>completed</em>: the device accesses it
 * without the JVM, so closing its arena earlier frees memory in use. The region keeps the segment
 * reachable meanwhile. An {@link NdkArena} is never closed too early.
 *
 * <p>Closing a region invalidates the windows that are bound to it.
 */
public interface NdkMr extends NdkObject {
  /**
   * Registers memory (NdkRegisterMr; {@code ibv_reg_mr}): pins its pages and assigns tokens.
   *
   * <p>Which mapped files can be registered depends on the kernel. A read-only mapping can from
   * Linux 6.2 on, for {@link NdkMrFlags#NDK_MR_FLAG_ALLOW_LOCAL_READ} and {@link
   * NdkMrFlags#NDK_MR_FLAG_ALLOW_REMOTE_READ}; before, the kernel pinned all memory for writing.
   * From Linux 6.5 on a right to write is granted only on file systems that do not track written
   * pages (tmpfs and hugetlbfs, not ext4 or XFS). No window can be bound to memory that the kernel
   * pins for reading only.
   *
   * @param memory any native segment, mapped files included, from 1 byte to {@link
   *     NdkAdapterInfo#maxRegistrationSize}
   * @param flags {@link NdkMrFlags}, combined
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#INSUFFICIENT_RESOURCES}
   *     (often the limit of locked memory, which the detail then names), {@link
   *     NdkStatus#ACCESS_VIOLATION} (not mapped, its arena was closed, read-only memory with a
   *     right to write, or a file that the kernel does not pin)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_PARAMETER} (length or flags),
   *     {@link NdkStatus#INVALID_DEVICE_STATE} (registered, or another request is pending), {@link
   *     NdkStatus#INVALID_DEVICE_REQUEST} (created for fast registration), {@link
   *     NdkStatus#INVALID_HANDLE}
   * @throws IllegalArgumentException if the segment is on the heap
   * @throws IllegalStateException if its arena is closed
   */
  NdkStatus registerMr(MemorySegment memory, int flags, NdkRequestCompletion completion);

  /**
   * Registers memory; see {@link #registerMr(MemorySegment, int, NdkRequestCompletion)}. Up to 1
   * MiB is registered on the calling thread: the stage has completed when this returns.
   *
   * @param memory any native segment
   * @param flags {@link NdkMrFlags}
   * @return completes when the memory is registered
   */
  default CompletionStage<Void> registerMr(MemorySegment memory, int flags) {
    return NdkStages.of("register", completion -> registerMr(memory, flags, completion));
  }

  /**
   * Deregisters the memory (NdkDeregisterMr; {@code ibv_dereg_mr}). Requests that still use its
   * tokens fail.
   *
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#DEVICE_BUSY} (a memory
   *     window is bound; the region stays registered), {@link NdkStatus#CANCELLED} (closed
   *     meanwhile)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_STATE} (not registered, or
   *     another request is pending), {@link NdkStatus#INVALID_DEVICE_REQUEST} (created for fast
   *     registration), {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus deregisterMr(NdkRequestCompletion completion);

  /**
   * Deregisters the memory; see {@link #deregisterMr(NdkRequestCompletion)}. Up to 1 MiB is
   * deregistered on the calling thread, as it is registered.
   *
   * @return completes when the memory may be freed
   */
  default CompletionStage<Void> deregisterMr() {
    return NdkStages.of("deregister", this::deregisterMr);
  }

  /**
   * Tells when the region's close has completed, whoever called it: that of its domain or adapter
   * closes it as well. The device no longer accesses the memory then.
   *
   * @return completes with the close; exceptionally if the memory could not be deregistered, and
   *     must not be freed
   */
  CompletionStage<Void> whenClosed();

  /**
   * Prepares a region that was created for it for {@link NdkQp#fastRegister}
   * (NdkInitializeFastRegisterMr; {@code ibv_alloc_mw}). May be called again while the region is
   * not registered.
   *
   * @param adapterPageCount the most pages a fast registration will have, from 1 to {@link
   *     NdkAdapterInfo#frmrPageCount}
   * @param remoteAccess whether a fast registration will ever grant the peer access
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#IMPLEMENTATION_LIMIT}
   *     (too many pages), {@link NdkStatus#INSUFFICIENT_RESOURCES}
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_REQUEST} (not created for
   *     it), {@link NdkStatus#INVALID_PARAMETER} (no pages), {@link NdkStatus#INVALID_DEVICE_STATE}
   *     (fast-registered, or another request is pending), {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess, NdkRequestCompletion completion);

  /**
   * Prepares a region for fast registration; see {@link #initializeFastRegisterMr(int, boolean,
   * NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @param remoteAccess whether a fast registration will ever grant the peer access
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess) {
    return NdkStages.of(
        "initialize fast register",
        completion -> initializeFastRegisterMr(adapterPageCount, remoteAccess, completion));
  }

  /**
   * Prepares a region for fast registrations that grant the peer access; see {@link
   * #initializeFastRegisterMr(int, boolean, NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMrWithRemoteAccess(int adapterPageCount) {
    return initializeFastRegisterMr(adapterPageCount, true);
  }

  /**
   * Prepares a region for fast registrations for this side alone; see {@link
   * #initializeFastRegisterMr(int, boolean, NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMrWithoutRemoteAccess(int adapterPageCount) {
    return initializeFastRegisterMr(adapterPageCount, false);
  }

  /**
   * Returns the token for scatter/gather elements of this side (NdkGetLocalTokenFromMr; {@code
   * lkey}). That of a region for fast registration is the {@link
   * NdkPd#getPrivilegedMemoryRegionToken privileged} one, which covers every logical address
   * mapping.
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered, the region is not initialised, or
   *     after close
   */
  int getLocalTokenFromMr();

  /**
   * Returns the token with which the peer reads and writes (NdkGetRemoteTokenFromMr; {@code rkey}).
   * The peer also needs the memory's address, {@link MemorySegment#address}. The token of a fast
   * registration is valid as soon as {@link NdkQp#fastRegister} has returned.
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered, the region is not initialised or was
   *     without remote access, or after close
   */
  int getRemoteTokenFromMr();
}

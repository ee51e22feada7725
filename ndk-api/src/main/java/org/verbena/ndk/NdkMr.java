package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletionStage;

/**
 * NDK_MR: a memory region, which makes memory usable for RDMA ({@code ibv_mr}).
 *
 * <p>The memory stays the caller's, at its own address; nothing is copied. It must stay allocated
 * from registration until deregistration or close has <em>ended</em>: the device writes to it
 * without asking the JVM, so closing its arena earlier is like freeing memory in use.
 *
 * <p>Closing a region invalidates the windows that are bound to it.
 */
public interface NdkMr extends NdkObject {
  /**
   * Registers memory (NdkRegisterMr; {@code ibv_reg_mr}): pins its pages and gives it tokens.
   *
   * <p>Which mapped files can be registered is up to the kernel. One that is mapped for reading
   * only can be from Linux 6.2 on, for {@link NdkMrFlags#NDK_MR_FLAG_ALLOW_LOCAL_READ} and {@link
   * NdkMrFlags#NDK_MR_FLAG_ALLOW_REMOTE_READ}; before, the kernel pinned all memory for writing. A
   * right to write to a file is granted from Linux 6.5 on only where its file system keeps no
   * account of written pages (tmpfs and hugetlbfs do not, ext4 and XFS do). No window can be bound
   * to memory that the kernel does not let be written.
   *
   * @param memory any native segment, mapped files included, from 1 byte to {@link
   *     NdkAdapterInfo#maxRegistrationSize}
   * @param flags {@link NdkMrFlags}
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#INSUFFICIENT_RESOURCES}
   *     (often the limit of locked memory, which the detail then names), {@link
   *     NdkStatus#ACCESS_VIOLATION} (not mapped, read-only memory with a right to write, or a file
   *     that the kernel does not pin)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_PARAMETER} (length or flags),
   *     {@link NdkStatus#INVALID_DEVICE_STATE} (registered already), {@link
   *     NdkStatus#INVALID_DEVICE_REQUEST} (created for fast registration), {@link
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
    return NdkStages.of("register", completion -> registerMr(memory, flags, completion));
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
    return NdkStages.of("deregister", this::deregisterMr);
  }

  /**
   * Makes a region that was created for it ready for {@link NdkQp#fastRegister}
   * (NdkInitializeFastRegisterMr; {@code ibv_alloc_mw}). May be called again while the region is
   * not registered.
   *
   * @param adapterPageCount the most pages a fast registration will have, from 1 to {@link
   *     NdkAdapterInfo#frmrPageCount}
   * @param remoteAccess whether a fast registration will ever give rights to the peer
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#IMPLEMENTATION_LIMIT}
   *     (too many pages), {@link NdkStatus#INSUFFICIENT_RESOURCES}
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_REQUEST} (not created for
   *     it), {@link NdkStatus#INVALID_PARAMETER} (no pages), {@link NdkStatus#INVALID_DEVICE_STATE}
   *     (fast-registered, or another request is pending), {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess, NdkRequestCompletion completion);

  /**
   * Makes a region ready for fast registration; see {@link #initializeFastRegisterMr(int, boolean,
   * NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @param remoteAccess whether the peer will ever get rights
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess) {
    return NdkStages.of(
        "initialize fast register",
        completion -> initializeFastRegisterMr(adapterPageCount, remoteAccess, completion));
  }

  /**
   * Makes a region ready for fast registrations that give rights to the peer; see {@link
   * #initializeFastRegisterMr(int, boolean, NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMrWithRemoteAccess(int adapterPageCount) {
    return initializeFastRegisterMr(adapterPageCount, true);
  }

  /**
   * Makes a region ready for fast registrations for this side alone; see {@link
   * #initializeFastRegisterMr(int, boolean, NdkRequestCompletion)}.
   *
   * @param adapterPageCount the most pages
   * @return completes when the region is ready
   */
  default CompletionStage<Void> initializeFastRegisterMrWithoutRemoteAccess(int adapterPageCount) {
    return initializeFastRegisterMr(adapterPageCount, false);
  }

  /**
   * Gets the token for scatter/gather elements of this side (NdkGetLocalTokenFromMr; {@code lkey}).
   * That of a region for fast registration is the {@link NdkPd#getPrivilegedMemoryRegionToken
   * privileged} one: it reaches the logical address mapping that the region was made of.
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered, or the region is not initialised
   */
  int getLocalTokenFromMr();

  /**
   * Gets the token to give to the peer for its reads and writes (NdkGetRemoteTokenFromMr; {@code
   * rkey}). The peer also needs the memory's address, {@link MemorySegment#address}. That of a fast
   * registration is known as soon as {@link NdkQp#fastRegister} has returned.
   *
   * @return the token, opaque
   * @throws IllegalStateException if no memory is registered, or not for the peer
   */
  int getRemoteTokenFromMr();
}

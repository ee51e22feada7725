package org.verbena.ndk;

import org.jspecify.annotations.Nullable;

/**
 * NDK_FN_REQUEST_COMPLETION: a pending request has ended.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkRequestCompletion {
  /**
   * The request has ended.
   *
   * @param status how it ended; never {@link NdkStatus#PENDING}
   * @param detail what failed, as text for a person: addresses, the call, its errno or the event;
   *     null on success, and where there is no more to say than the status
   */
  void completed(NdkStatus status, @Nullable String detail);
}

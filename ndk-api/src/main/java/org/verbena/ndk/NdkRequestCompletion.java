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
   * @param status how; never {@link NdkStatus#PENDING}
   * @param detail what failed, for a person: addresses, the call, errno or event; null on success
   */
  void completed(NdkStatus status, @Nullable String detail);
}

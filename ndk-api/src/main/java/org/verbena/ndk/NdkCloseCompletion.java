package org.verbena.ndk;

/**
 * NDK_FN_CLOSE_COMPLETION: the close of an object has finished.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. That of an adapter's own close runs on a thread of its own. What it
 * throws is logged.
 */
@FunctionalInterface
public interface NdkCloseCompletion {
  /** The object is gone; this is its last callback. */
  void closed();
}

package org.verbena.ndk;

import java.util.concurrent.CompletionStage;

/**
 * What all NDK objects have in common: NdkCloseXxx.
 *
 * <p>An object may be closed while others depend on it; its close then ends after theirs. Closing
 * starts what it needs by itself: pending requests end with {@link NdkStatus#CANCELLED}. After the
 * close has ended no callback of the object runs any more, and its native resources are free.
 */
public interface NdkObject extends AutoCloseable {
  /**
   * Starts to close the object (NdkCloseXxx).
   *
   * @param completion runs when the object is gone; it is the object's last callback
   * @return {@link NdkStatus#PENDING}, or {@link NdkStatus#INVALID_HANDLE} if it was closed before
   */
  NdkStatus close(NdkCloseCompletion completion);

  /** Starts to close the object and does not wait; a second close does nothing. */
  @Override
  default void close() {
    close(() -> {});
  }

  /**
   * Starts to close the object.
   *
   * @return completes when the object is gone; fails with {@link NdkStatus#INVALID_HANDLE} if it
   *     was closed before
   */
  default CompletionStage<Void> closeAsync() {
    return Stages.of(
        "close", completion -> close(() -> completion.completed(NdkStatus.SUCCESS, null)));
  }
}

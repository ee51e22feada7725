package org.verbena.ndk;

import java.util.concurrent.CompletionStage;

/**
 * What all NDK objects have in common: their type, NdkQueryExtension and NdkCloseXxx.
 *
 * <p>An object may be closed while others depend on it; its close then completes after theirs.
 * Closing flushes and disconnects as needed: outstanding work requests and pending connection
 * requests end with {@link NdkStatus#CANCELLED}, other pending requests run to their end. After the
 * close has completed, no callback of the object runs any more, and its native resources are free.
 */
public interface NdkObject extends AutoCloseable {
  /** {@return what kind of object this is (NDK_OBJECT_HEADER.ObjectType); also after close} */
  NdkObjectType objectType();

  /** {@return the version it implements (NDK_OBJECT_HEADER.Version); also after close} */
  default NdkVersion version() {
    return NdkVersion.CURRENT;
  }

  /**
   * Returns an extension interface (NdkQueryExtension). NDKPI defines none; Verbena's are in {@link
   * org.verbena.ndk.extension}.
   *
   * @param <T> the extension's type
   * @param extension the extension and the version of it
   * @return its implementation for this object
   * @throws NdkException {@link NdkStatus#NOT_SUPPORTED} if this object or its device does not have
   *     it, {@link NdkStatus#INVALID_HANDLE} after close
   */
  <T> T queryExtension(NdkExtension<T> extension) throws NdkException;

  /**
   * Starts to close the object (NdkCloseXxx). Calls fail from here on.
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
    return NdkStages.of(
        "close", completion -> close(() -> completion.completed(NdkStatus.SUCCESS, null)));
  }
}

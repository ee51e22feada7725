package org.verbena.ndk;

import java.time.Duration;
import java.util.Objects;

/**
 * Options of opening an adapter.
 *
 * @param connectionTimeout the longest a connect, accept or disconnect stays pending before it ends
 *     with {@link NdkStatus#IO_TIMEOUT}, from 1 ms to 1 day; the default is 20 seconds
 * @param version the NDK version that the consumer was written for; an adapter of the same major
 *     and a higher minor version opens, and reports its own
 * @param notificationThreads how many threads run the notifications of completion queues, from 1 to
 *     {@value #MAX_NOTIFICATION_THREADS}; the default is 1, the dispatcher thread, on which all
 *     other callbacks run. With more, each queue has one of the threads, by its affinity or in
 *     turn, so that a notification delays only those of queues on the same thread
 */
public record NdkOpenOptions(
    Duration connectionTimeout, NdkVersion version, int notificationThreads) {
  /** The most notification threads. */
  public static final int MAX_NOTIFICATION_THREADS = 64;

  /** A connection time-out of 20 seconds, the current version, and one notification thread. */
  public static final NdkOpenOptions DEFAULT = new NdkOpenOptions(Duration.ofSeconds(20));

  /**
   * Options for a consumer of the current version.
   *
   * @param connectionTimeout the longest a connect, accept or disconnect stays pending
   * @throws IllegalArgumentException if the time-out is out of range
   */
  public NdkOpenOptions(Duration connectionTimeout) {
    this(connectionTimeout, NdkVersion.CURRENT);
  }

  /**
   * Options with one notification thread.
   *
   * @param connectionTimeout the longest a connect, accept or disconnect stays pending
   * @param version the NDK version that the consumer was written for
   * @throws IllegalArgumentException if the time-out is out of range
   */
  public NdkOpenOptions(Duration connectionTimeout, NdkVersion version) {
    this(connectionTimeout, version, 1);
  }

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the time-out or the number of threads is out of range
   */
  public NdkOpenOptions {
    Objects.requireNonNull(connectionTimeout, "connectionTimeout");
    Objects.requireNonNull(version, "version");
    requireTimeout("connectionTimeout", connectionTimeout);
    if (notificationThreads < 1 || notificationThreads > MAX_NOTIFICATION_THREADS) {
      throw new IllegalArgumentException(
          "notificationThreads must be from 1 to "
              + MAX_NOTIFICATION_THREADS
              + ", not "
              + notificationThreads);
    }
  }

  /**
   * Returns these options with another number of threads for notifications.
   *
   * @param threads from 1 to {@value #MAX_NOTIFICATION_THREADS}
   * @return the options
   * @throws IllegalArgumentException if it is out of range
   */
  public NdkOpenOptions withNotificationThreads(int threads) {
    return new NdkOpenOptions(connectionTimeout, version, threads);
  }

  static void requireTimeout(String name, Duration timeout) {
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(name + " must be from 1 ms to 1 day, not " + timeout);
    }
  }
}

package org.verbena.ndk;

import java.time.Duration;
import java.util.Objects;

/**
 * How an adapter is opened.
 *
 * @param connectionTimeout the longest a connect, accept or disconnect request stays pending; when
 *     it has passed the request ends with {@link NdkStatus#IO_TIMEOUT}. At least one millisecond;
 *     the default is 20 seconds
 * @param version the NDK version the consumer was written for; an adapter of a higher minor version
 *     than that opens, and reports its own
 */
public record NdkOpenOptions(Duration connectionTimeout, NdkVersion version) {
  /** What is used if nothing else is said. */
  public static final NdkOpenOptions DEFAULT = new NdkOpenOptions(Duration.ofSeconds(20));

  /**
   * Options for a consumer of the current version.
   *
   * @param connectionTimeout the longest a connection request stays pending
   * @throws IllegalArgumentException if the time-out is below one millisecond or over a day
   */
  public NdkOpenOptions(Duration connectionTimeout) {
    this(connectionTimeout, NdkVersion.CURRENT);
  }

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the time-out is below one millisecond or over a day
   */
  public NdkOpenOptions {
    Objects.requireNonNull(connectionTimeout, "connectionTimeout");
    Objects.requireNonNull(version, "version");
    requireTimeout("connectionTimeout", connectionTimeout);
  }

  static void requireTimeout(String name, Duration timeout) {
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(name + " must be from 1 ms to 1 day, not " + timeout);
    }
  }
}

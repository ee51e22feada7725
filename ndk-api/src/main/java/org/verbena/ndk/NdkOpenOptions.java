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
 */
public record NdkOpenOptions(Duration connectionTimeout, NdkVersion version) {
  /** A connection time-out of 20 seconds, and the current version. */
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
   * Checks the options.
   *
   * @throws IllegalArgumentException if the time-out is out of range
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

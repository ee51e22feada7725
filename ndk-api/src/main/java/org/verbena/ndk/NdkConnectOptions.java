package org.verbena.ndk;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Read limits, private data and time-out of a connect or accept.
 *
 * @param inboundReadLimit reads of the peer in progress at once, from 0 (responder resources);
 *     lowered to what the adapter and the peer allow
 * @param outboundReadLimit own reads in progress at once, from 0 (initiator depth); lowered
 *     likewise
 * @param privateData sent along, copied; at most {@link NdkAdapterInfo#maxCallerData} bytes in a
 *     connect, {@link NdkAdapterInfo#maxCalleeData} in an accept
 * @param timeout the longest the request stays pending, from 1 ms to 1 day; empty for the adapter's
 *     {@link NdkOpenOptions#connectionTimeout}
 */
public record NdkConnectOptions(
    int inboundReadLimit, int outboundReadLimit, byte[] privateData, Optional<Duration> timeout) {
  /** As many reads as both sides allow, no private data, the adapter's time-out. */
  public static final NdkConnectOptions DEFAULT =
      new NdkConnectOptions(Integer.MAX_VALUE, Integer.MAX_VALUE, new byte[0], Optional.empty());

  /**
   * Checks the time-out and copies the private data.
   *
   * @throws IllegalArgumentException if the time-out is out of range
   */
  public NdkConnectOptions {
    privateData = privateData.clone();
    timeout.ifPresent(limit -> NdkOpenOptions.requireTimeout("timeout", limit));
  }

  /** {@return a copy of the private data} */
  @Override
  @SuppressWarnings("NullAway") // the constructor has replaced null
  public byte[] privateData() {
    return privateData.clone();
  }

  /**
   * Returns these options with other read limits.
   *
   * @param inbound reads of the peer in progress at once
   * @param outbound own reads in progress at once
   * @return a copy with these
   */
  public NdkConnectOptions withReadLimits(int inbound, int outbound) {
    return new NdkConnectOptions(inbound, outbound, privateData, timeout);
  }

  /**
   * Returns these options with other private data.
   *
   * @param data the bytes, copied; null for none
   * @return a copy with it
   */
  public NdkConnectOptions withPrivateData(byte @Nullable [] data) {
    byte[] sent = data == null ? new byte[0] : data;
    return new NdkConnectOptions(inboundReadLimit, outboundReadLimit, sent, timeout);
  }

  /**
   * Returns these options with another time-out.
   *
   * @param limit the longest the request stays pending, from 1 ms to 1 day
   * @return a copy with it
   * @throws IllegalArgumentException if the time-out is out of range
   */
  public NdkConnectOptions withTimeout(Duration limit) {
    return new NdkConnectOptions(
        inboundReadLimit, outboundReadLimit, privateData, Optional.of(limit));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NdkConnectOptions that
        && inboundReadLimit == that.inboundReadLimit
        && outboundReadLimit == that.outboundReadLimit
        && Arrays.equals(privateData, that.privateData)
        && timeout.equals(that.timeout);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * (31 * inboundReadLimit + outboundReadLimit) + Arrays.hashCode(privateData))
        + timeout.hashCode();
  }
}

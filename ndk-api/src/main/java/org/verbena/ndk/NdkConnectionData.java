package org.verbena.ndk;

import java.util.Arrays;

/**
 * The effective read limits and the peer's private data: the result of NdkGetConnectionData.
 *
 * @param inboundReadLimit reads of the peer that may be in progress at once
 * @param outboundReadLimit own reads that may be in progress at once
 * @param privateData what the peer sent, padded with zeros to a length that the transport chooses
 *     (56 bytes for a connect, 196 for an accept, 148 for a reject)
 */
public record NdkConnectionData(int inboundReadLimit, int outboundReadLimit, byte[] privateData) {
  /** Copies the private data. */
  public NdkConnectionData {
    privateData = privateData.clone();
  }

  /** {@return a copy of what the peer sent} */
  @Override
  public byte[] privateData() {
    return privateData.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NdkConnectionData that
        && inboundReadLimit == that.inboundReadLimit
        && outboundReadLimit == that.outboundReadLimit
        && Arrays.equals(privateData, that.privateData);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * inboundReadLimit + outboundReadLimit) + Arrays.hashCode(privateData);
  }
}

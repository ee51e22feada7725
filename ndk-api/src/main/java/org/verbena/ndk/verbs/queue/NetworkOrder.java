package org.verbena.ndk.verbs.queue;

/** The byte order of immediate data. */
final class NetworkOrder {
  private NetworkOrder() {}

  /** A number in network order, or one in network order as it was. */
  static int of(int value) {
    return Integer.reverseBytes(value); // the binding is for little-endian machines only
  }
}

package org.verbena.ndk.verbs.queue;

/** The byte order of immediate data. */
final class NetworkOrder {
  private NetworkOrder() {}

  /** Converts a number to network order, or back. */
  static int of(int value) {
    return Integer.reverseBytes(value); // the binding is for little-endian machines only
  }
}

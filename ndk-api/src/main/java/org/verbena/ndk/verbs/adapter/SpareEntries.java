package org.verbena.ndk.verbs.adapter;

/** Entries of native queues for the provider's own use, beyond the consumer's depth. */
public final class SpareEntries {
  /** Of a send queue: the drain marker. */
  public static final int INITIATOR = 1;

  /** Of a shared receive queue: drivers require its limit to be less than its depth. */
  public static final int SRQ = 1;

  /** Of a completion queue, the minimum: for completions that the provider hides. */
  public static final int CQ = 256;

  private SpareEntries() {}
}

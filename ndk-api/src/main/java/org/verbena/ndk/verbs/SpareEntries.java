package org.verbena.ndk.verbs;

/** Entries of native queues that the provider keeps for itself, besides the consumer's depth. */
final class SpareEntries {
  /** Of a send queue: the drain marker. */
  static final int INITIATOR = 1;

  /** Of a shared receive queue: drivers want its limit to be less than its depth. */
  static final int SRQ = 1;

  /** Of a completion queue, at the least: the completions that the provider hides. */
  static final int CQ = 256;

  private SpareEntries() {}
}

package org.verbena.ndk.verbs.queue;

import org.verbena.ndk.NdkOperationType;

/** What a work queue records of a request: its type, and who sees its result. */
final class WrKind {
  static final int RECEIVE = NdkOperationType.RECEIVE.ordinal();

  /** Silent for the consumer, but signaled, as the provider needs the completion. */
  static final int FORCED_SIGNALED = 0x20;

  /** Has no completion unless it fails; recorded by the queue, not in the wr_id. */
  static final int UNSIGNALED = 0x80;

  /** The part that the wr_id carries. */
  static final int IN_ID = 0x7F;

  /** A request of the provider's own. */
  static final int MARKER = 0x40;

  private static final NdkOperationType[] TYPES = NdkOperationType.values();
  private static final int TYPE = 0x1F;

  private WrKind() {}

  static NdkOperationType type(int kind) {
    return TYPES[kind & TYPE];
  }

  /** Whether a completion is hidden from the consumer. */
  static boolean isHidden(int kind, boolean success) {
    return kind >= (success ? FORCED_SIGNALED : MARKER);
  }
}

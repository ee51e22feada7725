package org.verbena.ndk.verbs.queue;

import org.verbena.ndk.NdkOperationType;

/** What a work queue remembers of a request in a byte: its type, and who is to see its result. */
final class WrKind {
  static final int RECEIVE = NdkOperationType.RECEIVE.ordinal();

  /** Silent, but signaled, as the provider needs its completion and hides it. */
  static final int FORCED_SIGNALED = 0x20;

  /** Gives no completion unless it fails; known to the queue alone, not in a wr_id. */
  static final int UNSIGNALED = 0x80;

  /** What of it a wr_id has room for. */
  static final int IN_ID = 0x7F;

  /** The provider's own request. */
  static final int MARKER = 0x40;

  private static final NdkOperationType[] TYPES = NdkOperationType.values();
  private static final int TYPE = 0x1F;

  private WrKind() {}

  static NdkOperationType type(int kind) {
    return TYPES[kind & TYPE];
  }

  /** Whether a completion is the provider's own affair. */
  static boolean isHidden(int kind, boolean success) {
    return kind >= (success ? FORCED_SIGNALED : MARKER);
  }
}

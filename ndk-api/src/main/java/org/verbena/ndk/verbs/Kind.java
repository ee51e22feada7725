package org.verbena.ndk.verbs;

import org.verbena.ndk.NdkOperationType;

/** What a work queue remembers of a request in a byte: its type, and who is to see its result. */
final class Kind {
  static final int RECEIVE = NdkOperationType.RECEIVE.ordinal();

  /** Signalled in secret: its success is the provider's own affair. */
  static final int SILENT_BUT_SIGNALLED = 0x20;

  /** Gives no completion unless it fails; known to the queue alone, not in a wr_id. */
  static final int UNSIGNALLED = 0x80;

  /** What of it a wr_id has room for. */
  static final int IN_ID = 0x7F;

  /** The provider's own request. */
  static final int MARKER = 0x40;

  private static final NdkOperationType[] TYPES = NdkOperationType.values();
  private static final int TYPE = 0x1F;

  private Kind() {}

  static NdkOperationType type(int kind) {
    return TYPES[kind & TYPE];
  }

  /** Whether a completion is the provider's own affair. */
  static boolean isHidden(int kind, boolean success) {
    return kind >= (success ? SILENT_BUT_SIGNALLED : MARKER);
  }
}

package org.verbena.ndk.verbs;

import org.verbena.ndk.NdkOperationType;

/** What a work queue remembers of a request in 7 bits: its type, and who is to see its result. */
final class Kind {
  static final int RECEIVE = NdkOperationType.RECEIVE.ordinal();

  /** Signalled in secret: its success is the provider's own affair. */
  static final int SILENT_BUT_SIGNALLED = 0x20;

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

package org.verbena.examples.nvmf;

/** A controller property, which is a register on PCI Express. */
enum Property {
  /** Controller capabilities (CAP). */
  CAPABILITIES(0x00, true),

  /** The version of the specification. */
  VERSION(0x08, false),

  /** Controller configuration (CC): enable, shut down. */
  CONFIGURATION(0x14, false),

  /** Controller status (CSTS): ready, failed, shut down. */
  STATUS(0x1C, false);

  private final int offset;
  private final boolean wide;

  Property(int offset, boolean wide) {
    this.offset = offset;
    this.wide = wide;
  }

  int offset() {
    return offset;
  }

  /** Whether it has 8 bytes, not 4. */
  boolean wide() {
    return wide;
  }
}

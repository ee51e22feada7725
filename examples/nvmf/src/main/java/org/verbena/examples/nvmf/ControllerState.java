package org.verbena.examples.nvmf;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Moves a controller from one state to another, as the specification requires. */
final class ControllerState {
  private static final long ENABLE = 1;
  private static final long SHUT_DOWN = 1 << 14;
  private static final long ENTRY_SIZES = 6 << 16 | 4 << 20; // 64 and 16 bytes, as powers of two

  private static final long READY = 1;
  private static final long FAILED = 1 << 1;
  private static final long SHUT_DOWN_MASK = 3 << 2;
  private static final long SHUT_DOWN_DONE = 2 << 2;

  private static final Duration TIME_UNIT = Duration.ofMillis(500);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(1);

  private ControllerState() {}

  /**
   * Enables a controller.
   *
   * @return its capabilities (CAP)
   */
  static long enable(AdminQueue admin) throws IOException {
    long capabilities = admin.get(Property.CAPABILITIES);
    admin.set(Property.CONFIGURATION, ENTRY_SIZES | ENABLE);
    awaitStatus(admin, capabilities, READY, READY);
    return capabilities;
  }

  /** Resets a controller, which ends all its commands. */
  static void disable(AdminQueue admin) throws IOException {
    long capabilities = admin.get(Property.CAPABILITIES);
    admin.set(Property.CONFIGURATION, ENTRY_SIZES);
    awaitStatus(admin, capabilities, READY, 0);
  }

  /** Shuts a controller down: the writes it has acknowledged survive a loss of power. */
  static void shutDown(AdminQueue admin) throws IOException {
    long capabilities = admin.get(Property.CAPABILITIES);
    admin.set(Property.CONFIGURATION, ENTRY_SIZES | ENABLE | SHUT_DOWN);
    awaitStatus(admin, capabilities, SHUT_DOWN_MASK, SHUT_DOWN_DONE);
  }

  /** Returns the most entries of a queue (CAP.MQES). */
  static int maxEntries(long capabilities) {
    return 1 + (int) (capabilities & 0xFFFF);
  }

  static int minPageSize(long capabilities) {
    return 4096 << (int) (capabilities >>> 48 & 0xF);
  }

  private static void awaitStatus(AdminQueue admin, long capabilities, long mask, long value)
      throws IOException {
    Duration limit = TIME_UNIT.multipliedBy(Math.max(1, capabilities >>> 24 & 0xFF));
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      long status = admin.get(Property.STATUS);
      if ((status & FAILED) != 0) {
        throw new IOException("the controller has failed (status 0x%x)".formatted(status));
      }
      if ((status & mask) == value) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(
            "the controller did not change its state within %d ms".formatted(limit.toMillis()));
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }
}

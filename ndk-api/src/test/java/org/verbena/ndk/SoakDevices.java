package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The open devices of a soak, one of which is removed now and then. */
final class SoakDevices implements AutoCloseable {
  /** Another process that has the device open may still have to end. */
  private static final Duration REMOVAL = Duration.ofMinutes(3);

  /** Held by who uses the devices; the other lock by who opens them again. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock(true);

  private Sides sides = new Sides();
  private volatile int removals;
  private volatile boolean removed;

  SoakDevices() throws NdkException {}

  @FunctionalInterface
  interface Use {
    void run(Sides sides) throws Exception;
  }

  /** Uses the devices; DEVICE_REMOVED is expected if one of them has been removed meanwhile. */
  void use(Use use) throws Exception {
    lock.readLock().lock();
    try {
      use.run(sides);
    } catch (NdkException e) {
      if (!removed || e.status() != NdkStatus.DEVICE_REMOVED) {
        throw e;
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /** How often one has been removed so far. */
  int removals() {
    return removals;
  }

  /** Whether one has been removed, so that requests are refused. */
  boolean areRemoved() {
    return removed;
  }

  /** Removes one while it is used, and adds it again when its users have noticed. */
  void remove(Wire wire) throws Exception {
    removed = true;
    removals++;
    try (ChildProcess removal = Wire.removeDevice(RigDevice.B)) {
      lock.writeLock().lock();
      try {
        sides.close();
        LibrdmacmDevices.refresh();
        assertEquals(0, removal.exitCode(REMOVAL), removal.output());
        wire.mend();
        sides = new Sides();
        removed = false;
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  @Override
  public void close() {
    sides.close();
  }
}

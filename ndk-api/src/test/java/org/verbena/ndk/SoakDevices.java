package org.verbena.ndk;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The open devices of a soak, which are removed now and then: both, as Soft-RoCE may have stopped
 * to connect over either (see docs/reliability.md).
 */
final class SoakDevices implements AutoCloseable {
  /** Another process that has the device open may still have to end. */
  private static final Duration REMOVAL = Duration.ofMinutes(3);

  /**
   * How calls fail: before the kernel tells of a removal, it has no device for an address (ENODEV),
   * or refuses all calls (EIO).
   */
  private static final Set<NdkStatus> OF_A_REMOVAL =
      Set.of(NdkStatus.DEVICE_REMOVED, NdkStatus.INVALID_ADDRESS, NdkStatus.INTERNAL_ERROR);

  /** Held by who uses the devices; the other lock by who opens them again. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock(true);

  private Sides sides = new Sides();
  private volatile boolean removed;

  SoakDevices() throws NdkException {}

  @FunctionalInterface
  interface Use {
    void run(Sides sides) throws Exception;
  }

  /** Uses the devices; some calls are expected to fail if they were removed meanwhile. */
  void use(Use use) throws Exception {
    lock.readLock().lock();
    try {
      use.run(sides);
    } catch (NdkException e) {
      if (!removed || !OF_A_REMOVAL.contains(e.status())) {
        throw e;
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Whether they have been removed, so that requests are refused. */
  boolean areRemoved() {
    return removed;
  }

  /**
   * Removes one while it is used and adds it again when its users have noticed; then the other.
   *
   * @param first the one that is in use
   */
  void remove(Wire wire, RigDevice first) throws Exception {
    removed = true;
    try (ChildProcess removal = Wire.removeDevice(first)) {
      lock.writeLock().lock();
      try {
        sides.close();
        finish(removal, wire);
        RigDevice second = first == RigDevice.A ? RigDevice.B : RigDevice.A;
        try (ChildProcess next = Wire.removeDevice(second)) {
          finish(next, wire);
        }
        sides = new Sides();
        removed = false;
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /** One device must be left, else librdmacm does not look at its list. */
  private static void finish(ChildProcess removal, Wire wire) throws Exception {
    LibrdmacmDevices.letGo(removal, REMOVAL);
    wire.mend(); // adds it again
  }

  @Override
  public void close() {
    sides.close();
  }
}

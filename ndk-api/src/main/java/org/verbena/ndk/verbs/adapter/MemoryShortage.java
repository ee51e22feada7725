package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Function;
import org.verbena.binding.rdma.RdmaCore;

/**
 * Steps that a promise depends on, such as completing a request: they do not fail because memory
 * has run out for a moment, but are tried again. Pass a step that has been created before, or that
 * captures nothing, as creating it needs memory.
 */
public final class MemoryShortage {
  /** How long it may last. */
  private static final Duration LIMIT = Duration.ofSeconds(1);

  /** A step. What it has done before it runs out of memory may be done twice. */
  @FunctionalInterface
  public interface Step<T, E extends Exception> {
    void run(T argument) throws E;
  }

  private MemoryShortage() {}

  /**
   * Runs a step.
   *
   * @throws OutOfMemoryError if there is still not enough
   */
  public static <T, E extends Exception> void outlast(Step<T, E> step, T argument) throws E {
    long end = 0;
    for (int tries = 1; ; tries++) {
      try {
        step.run(argument);
        return;
      } catch (OutOfMemoryError e) {
        end = nextTry(tries, end, e);
      }
    }
  }

  /**
   * Runs a step, and returns its result.
   *
   * @throws OutOfMemoryError if there is still not enough
   */
  static <T, R> R outlastAndGet(Function<T, R> step, T argument) {
    long end = 0;
    for (int tries = 1; ; tries++) {
      try {
        return step.apply(argument);
      } catch (OutOfMemoryError e) {
        end = nextTry(tries, end, e);
      }
    }
  }

  /** Reads the pointer at an address: a segment, which needs memory. */
  public static MemorySegment pointerAt(MemorySegment address) {
    return outlastAndGet(MemoryShortage::readPointer, address);
  }

  private static MemorySegment readPointer(MemorySegment address) {
    return address.get(RdmaCore.C_POINTER, 0);
  }

  /** Pauses, and returns when the last try may start; throws if that has passed. */
  private static long nextTry(int tries, long end, OutOfMemoryError e) {
    long last = tries == 1 ? System.nanoTime() + LIMIT.toNanos() : end;
    if (System.nanoTime() - last > 0) {
      throw e;
    }
    SpinLock.pause(tries);
    return last;
  }
}

package org.verbena.ndk.verbs.adapter;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Steps that a promise depends on, such as completing a request: they do not fail because memory
 * has run out for a moment, but are tried again. Pass a step that has been created before, or that
 * captures nothing, as creating it needs memory.
 */
public final class MemoryShortage {
  /** How long it may last. */
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private MemoryShortage() {}

  /**
   * Runs a step.
   *
   * @param step what it has done before it runs out of memory may be done twice
   * @throws OutOfMemoryError if there is still not enough
   */
  public static <T> void outlast(Consumer<T> step, T argument) {
    long end = 0;
    for (int tries = 1; ; tries++) {
      try {
        step.accept(argument);
        return;
      } catch (OutOfMemoryError e) {
        end = tries == 1 ? System.nanoTime() + LIMIT.toNanos() : end;
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
      SpinLock.pause(tries);
    }
  }

  /** As {@link #outlast}, for a step with a result. */
  static <T, R> R outlastAndGet(Function<T, R> step, T argument) {
    long end = 0;
    for (int tries = 1; ; tries++) {
      try {
        return step.apply(argument);
      } catch (OutOfMemoryError e) {
        end = tries == 1 ? System.nanoTime() + LIMIT.toNanos() : end;
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
      SpinLock.pause(tries);
    }
  }
}

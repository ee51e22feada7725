package org.verbena.ndk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Allocations of the library, whose classes {@link AllocatingClasses} has rewritten to tell this
 * one of each; one is made to fail, or all from that one on for a while. A program of its own. Its
 * arguments are how many milliseconds a shortage lasts, 0 for one allocation, and the classes in
 * which it begins, separated by commas; nothing stands for all.
 */
public final class FailingAllocations implements FailingLives.Failures {
  /** Of the executions of one place in the code: the others are like these. */
  private static final int MOST_PER_SITE = 2;

  private static final Map<String, AtomicInteger> COUNTS = new ConcurrentHashMap<>();
  private static volatile Allocation armed;
  private static volatile boolean failed;
  private static volatile long end; // of the shortage, if failed
  private static long nanos; // that it lasts; set once

  private final Set<String> classes;

  private FailingAllocations(Set<String> classes) {
    this.classes = classes;
  }

  static void main(String[] arguments) throws Exception {
    nanos = Duration.ofMillis(Long.parseLong(arguments[0])).toNanos();
    FailingLives.liveAndExit(new FailingAllocations(Set.of(arguments[1].split(","))));
  }

  /** Called before each allocation of the library. */
  public static void allocate(String site) {
    int number = COUNTS.computeIfAbsent(site, _ -> new AtomicInteger()).incrementAndGet();
    Allocation current = armed;
    if (current != null && number == current.number && site.equals(current.site)) {
      end = System.nanoTime() + nanos;
      failed = true;
      throw new OutOfMemoryError("made to fail: " + site);
    }
    if (failed && System.nanoTime() - end < 0) {
      throw new OutOfMemoryError("made to fail: " + site);
    }
  }

  /** One allocation in a program's life: the n-th at a place in the code, from 1. */
  private record Allocation(String site, int number) implements FailingLives.Point {
    @Override
    public String kind() {
      return site.substring(0, site.indexOf('.'));
    }

    @Override
    public void arm() {
      FailingAllocations.arm(this);
    }

    @Override
    public String toString() {
      return site + ", time " + number;
    }
  }

  private static void arm(Allocation allocation) {
    armed = null;
    COUNTS.clear();
    failed = false;
    armed = allocation;
  }

  @Override
  public List<Allocation> points() {
    List<Allocation> points = new ArrayList<>();
    new TreeMap<>(COUNTS)
        .forEach(
            (site, count) -> {
              for (int number = 1; number <= Math.min(count.get(), MOST_PER_SITE); number++) {
                points.add(new Allocation(site, number));
              }
            });
    points.removeIf(point -> !classes.contains("") && !classes.contains(point.kind()));
    return points;
  }

  @Override
  public void failNone() {
    arm(null);
  }

  @Override
  public boolean hasFailed() {
    return failed;
  }
}

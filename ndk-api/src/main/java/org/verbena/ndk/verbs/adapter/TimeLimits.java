package org.verbena.ndk.verbs.adapter;

import java.time.Duration;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of requests. Nearly all requests end long before, so the control thread is woken
 * for the first limit alone, not for each new one. Control thread only.
 */
public final class TimeLimits {
  /** A time limit that runs. */
  public final class Limit implements Comparable<Limit> {
    private final long end; // System.nanoTime
    private final long number = ++added; // tells those with the same end apart
    private final Runnable task;

    private Limit(long end, Runnable task) {
      this.end = end;
      this.task = task;
    }

    /** Its task does not run any more. Needs no memory. */
    public void cancel() {
      limits.remove(this);
    }

    /** By the end. */
    @Override
    public int compareTo(Limit other) {
      return end == other.end ? Long.compare(number, other.number) : Long.signum(end - other.end);
    }
  }

  /** Runs a task on the control thread after a delay. */
  @FunctionalInterface
  interface Timer {
    Future<?> runAfter(long nanos, Runnable task);
  }

  private final Timer timer;
  private final TreeSet<Limit> limits = new TreeSet<>();
  private final Runnable expiry = this::expire; // created early, as there may be no memory later
  private long added;
  private @Nullable Future<?> alarm;
  private long alarmTime;

  TimeLimits(Timer timer) {
    this.timer = timer;
  }

  Limit add(Duration duration, Runnable task) {
    Limit limit = new Limit(System.nanoTime() + duration.toNanos(), task);
    limits.add(limit);
    boolean complete = false;
    try {
      setAlarm();
      complete = true;
    } finally {
      if (!complete) {
        limits.remove(limit);
      }
    }
    return limit;
  }

  /** Sets the alarm for the first limit, unless it goes off before. */
  private void setAlarm() {
    if (limits.isEmpty() || (alarm != null && alarmTime - limits.first().end <= 0)) {
      return;
    }
    Future<?> later = alarm;
    long end = limits.first().end;
    alarm = timer.runAfter(end - System.nanoTime(), expiry);
    alarmTime = end;
    if (later != null) {
      later.cancel(false);
    }
  }

  private void expire() {
    alarm = null;
    try {
      while (!limits.isEmpty() && limits.first().end - System.nanoTime() <= 0) {
        Limit first = limits.first();
        limits.remove(first);
        first.task.run();
      }
    } finally {
      MemoryShortage.outlast(TimeLimits::setAlarm, this);
    }
  }
}

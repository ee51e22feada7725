package org.verbena.ndk.verbs.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TimeLimitsTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** An alarm that was set. */
  private record Alarm(long nanos, Runnable task, CompletableFuture<Void> future) {}

  private final List<Alarm> alarms = new ArrayList<>();
  private final List<String> ran = new ArrayList<>();
  private final TimeLimits limits =
      new TimeLimits(
          (nanos, task) -> {
            CompletableFuture<Void> future = new CompletableFuture<>();
            alarms.add(new Alarm(nanos, task, future));
            return future;
          });

  private TimeLimits.Limit add(Duration duration, String name) {
    return limits.add(duration, () -> ran.add(name));
  }

  private Alarm last() {
    return alarms.getLast();
  }

  @Test
  void oneAlarmServesLaterLimits() {
    add(MINUTE, "first").cancel();
    for (int i = 0; i < 100; i++) {
      add(HOUR, "later").cancel();
    }
    assertEquals(1, alarms.size());
    assertTrue(last().nanos <= MINUTE.toNanos());
  }

  @Test
  void anEarlierLimitHasAnAlarmOfItsOwn() {
    add(HOUR, "late");
    add(MINUTE, "early");
    assertEquals(2, alarms.size());
    assertTrue(last().nanos <= MINUTE.toNanos());
    assertTrue(alarms.getFirst().future.isCancelled());
    assertFalse(last().future.isCancelled());
  }

  @Test
  void limitsThatHavePassedRunInOrderAndTheOthersLater() {
    add(HOUR, "later");
    add(Duration.ofNanos(2), "first");
    add(Duration.ZERO, "cancelled").cancel();
    add(Duration.ofNanos(3), "second");
    last().task.run();
    assertEquals(List.of("first", "second"), ran);
    assertTrue(last().nanos > MINUTE.toNanos());
  }

  @Test
  void aTaskThatThrowsHoldsUpNoOther() {
    limits.add(
        Duration.ZERO,
        () -> {
          throw new IllegalStateException("as intended");
        });
    add(Duration.ofNanos(1), "next");
    assertThrows(IllegalStateException.class, last().task::run);
    assertEquals(List.of(), ran);
    last().task.run();
    assertEquals(List.of("next"), ran);
  }

  @Test
  void aLimitWithoutAnAlarmIsNone() {
    List<Runnable> tasks = new ArrayList<>();
    TimeLimits scarce =
        new TimeLimits(
            (nanos, task) -> {
              tasks.add(task);
              if (tasks.size() == 1) {
                throw new OutOfMemoryError("as intended");
              }
              return new CompletableFuture<>();
            });
    assertThrows(OutOfMemoryError.class, () -> scarce.add(Duration.ZERO, () -> ran.add("refused")));
    scarce.add(Duration.ZERO, () -> ran.add("accepted"));
    tasks.getLast().run();
    assertEquals(List.of("accepted"), ran);
  }
}

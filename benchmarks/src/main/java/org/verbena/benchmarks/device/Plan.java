package org.verbena.benchmarks.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is measured, and how often.
 *
 * @param repeats how many times each task is measured
 * @param tasks what is measured in each repeat
 */
record Plan(int repeats, List<Task> tasks) {
  private static final List<String> OPERATIONS = List.of("send", "write", "read");
  private static final String WIRE = "wire";
  private static final String LOOPED = "looped";

  /** The maximum number of requests in flight on one connection. */
  private static final int DEPTH = 128;

  /** The same for several connections together. */
  private static final int SHARED_DEPTH = 256;

  /** The maximum in a warm-up; with only one, code would be recompiled for more. */
  private static final int WARM_CONNECTIONS = 64;

  static Plan quick() {
    List<Task> tasks = new ArrayList<>();
    OPERATIONS.forEach(
        operation -> {
          sizes(64, 4 << 10, 64 << 10).forEach(size -> tasks.add(latency(operation, size, WIRE)));
          sizes(64, 64 << 10).forEach(size -> tasks.add(bandwidth(operation, size, WIRE)));
        });
    tasks.add(latency("write", 64, LOOPED));
    tasks.add(events("send", 64));
    sizes(1, 16).forEach(chain -> tasks.add(messageRate(DEPTH, chain)));
    sizes(4 << 10, 1 << 20).forEach(size -> tasks.add(registration(size)));
    tasks.add(connect(20));
    sizes(1, 64).forEach(connections -> tasks.add(scaling("cq", connections)));
    sizes(1, 64).forEach(connections -> tasks.add(scaling("srq", connections)));
    return new Plan(5, List.copyOf(tasks));
  }

  static Plan full() {
    List<Integer> sizes = sizes(2, 64, 4 << 10, 64 << 10, 1 << 20);
    List<Task> tasks = new ArrayList<>();
    for (String operation : OPERATIONS) {
      sizes.forEach(size -> tasks.add(latency(operation, size, WIRE)));
      sizes.forEach(size -> tasks.add(bandwidth(operation, size, WIRE)));
      sizes(64, 64 << 10).forEach(size -> tasks.add(latency(operation, size, LOOPED)));
      sizes(64, 64 << 10).forEach(size -> tasks.add(bandwidth(operation, size, LOOPED)));
      if (!operation.equals("write")) { // the arrival of which is polled for in memory
        sizes.forEach(size -> tasks.add(events(operation, size)));
      }
    }
    for (int depth : sizes(16, DEPTH)) {
      sizes(1, 4, 16).forEach(chain -> tasks.add(messageRate(depth, chain)));
    }
    sizes(4 << 10, 64 << 10, 1 << 20, 16 << 20, 64 << 20)
        .forEach(size -> tasks.add(registration(size)));
    tasks.add(connect(100));
    for (String queue : List.of("cq", "srq")) {
      sizes(1, 8, 64, 256).forEach(connections -> tasks.add(scaling(queue, connections)));
    }
    return new Plan(5, List.copyOf(tasks));
  }

  /** The paths for two ends in one process. */
  List<String> paths() {
    return Stream.of(WIRE, LOOPED)
        .filter(path -> tasks.stream().filter(task -> task.param("path").equals(path)).count() > 1)
        .toList();
  }

  private static List<Integer> sizes(Integer... sizes) {
    return List.of(sizes);
  }

  /** Half a second's worth, so that what ran before does not affect the figures. */
  private static Task latency(String operation, int bytes, String path) {
    int iterations = Math.clamp(500_000_000L / (40_000 + 25L * bytes), 50, 10_000);
    return Task.of(
        "latency." + operation, iterations, "bytes", "" + bytes, "polling", "poll", "path", path);
  }

  private static Task events(String operation, int bytes) {
    return latency(operation, bytes, WIRE).with("polling", "event");
  }

  private static Task bandwidth(String operation, int bytes, String path) {
    int iterations = Math.clamp(1_000_000_000L / (40_000 + 12L * bytes), 40, 20_000);
    return moderated(
        Task.of(
            "bandwidth." + operation,
            iterations,
            "bytes",
            "" + bytes,
            "depth",
            "" + DEPTH,
            "path",
            path));
  }

  private static Task messageRate(int depth, int chain) {
    return moderated(
        Task.of(
            "messageRate.write",
            10_000,
            "bytes",
            "64",
            "depth",
            "" + depth,
            "chain",
            "" + chain,
            "path",
            WIRE));
  }

  private static Task scaling(String queue, int connections) {
    int depth = SHARED_DEPTH / connections;
    return moderated(
        Task.of(
            "scaling." + queue,
            10_240 / connections,
            "connections",
            "" + connections,
            "bytes",
            "64",
            "depth",
            "" + depth,
            "path",
            WIRE));
  }

  private static Task registration(int bytes) {
    int iterations = Math.clamp(500_000_000L / (200_000 + bytes), 10, 1000);
    return Task.of("registration", iterations, "bytes", "" + bytes);
  }

  private static Task connect(int iterations) {
    return Task.of("connect", iterations, "path", WIRE);
  }

  /** Rounded up, so that the last request has a result by moderation, too. */
  private static Task moderated(Task task) {
    return task.withIterations(
        Math.ceilDiv(task.iterations(), task.moderation()) * task.moderation());
  }

  /** Each kind of task at a small and a large size, long enough to be compiled. */
  Stream<Task> warmUps() {
    return tasks.stream()
        .filter(task -> !task.param("path").equals(LOOPED))
        .filter(task -> task.number("connections", 1) <= WARM_CONNECTIONS)
        .flatMap(Plan::warmUp);
  }

  private static Stream<Task> warmUp(Task task) {
    if (task.kind().equals("registration")) {
      return task.bytes() == 4 << 10 ? Stream.of(task.withIterations(5000)) : Stream.of();
    }
    if (task.kind().equals("connect")) {
      return Stream.of(task.withIterations(2500));
    }
    return switch (task.bytes()) {
      case 64 -> Stream.of(moderated(task.withIterations(20_000 / task.number("connections", 1))));
      case 64 << 10 -> Stream.of(moderated(task.withIterations(500)));
      default -> Stream.of();
    };
  }
}

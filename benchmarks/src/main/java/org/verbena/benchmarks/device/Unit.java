package org.verbena.benchmarks.device;

/** The unit of a task's figures. */
enum Unit {
  LATENCY("sample", "us/op"),
  TIME("avgt", "us/op"),
  SHORT_TIME("avgt", "ns/op"),
  BANDWIDTH("thrpt", "MiB/s"),
  RATE("thrpt", "ops/s");

  /** JMH's mode. */
  final String mode;

  /** JMH's name of the unit. */
  final String text;

  Unit(String mode, String text) {
    this.mode = mode;
    this.text = text;
  }

  /** The unit of the score. */
  static Unit of(Task task) {
    return switch (task.kind()) {
      case "latency" -> LATENCY;
      case "software" -> SHORT_TIME;
      case "registration", "scaling" -> TIME;
      case "bandwidth" -> BANDWIDTH;
      case "messageRate", "connect" -> RATE;
      default -> throw new IllegalArgumentException(task.benchmark());
    };
  }

  /** The unit of another figure. */
  static String of(Task task, String figure) {
    return switch (figure) {
      case "gc.alloc.rate.norm" -> "B/op";
      case "gc.count", "safepoints" -> "counts";
      case "cpu", "connect" -> "us/op";
      default -> of(task).text;
    };
  }
}

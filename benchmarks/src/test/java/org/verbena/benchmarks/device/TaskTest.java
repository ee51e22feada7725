package org.verbena.benchmarks.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TaskTest {
  @Test
  void aLineHasAllOfATask() {
    Task task = Task.of("latency.send", 100, "bytes", "64", "path", "wire");
    assertEquals("latency.send bytes=64 path=wire iterations=100", task.toString());
    assertEquals(task, Task.parse(task.toString()));
  }

  @Test
  void namesHaveKindAndOperation() {
    Task task = Task.of("latency.send", 1);
    assertEquals("latency", task.kind());
    assertEquals("send", task.operation());
    Task one = Task.of("connect", 1);
    assertEquals("connect", one.kind());
    assertEquals("", one.operation());
  }
}

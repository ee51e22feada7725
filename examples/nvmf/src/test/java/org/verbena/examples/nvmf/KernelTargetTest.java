package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands of the tests have a deadline. */
class KernelTargetTest {
  @Test
  void aCommandTellsWhatItHasPrinted() {
    assertEquals("hello\n", KernelTarget.run("echo", "hello"));
    AssertionError e =
        assertThrows(
            AssertionError.class, () -> KernelTarget.run("sh", "-c", "echo no >&2; exit 3"));
    assertEquals("sh -c echo no >&2; exit 3 failed: no\n", e.getMessage());
  }

  @Test
  @Timeout(60)
  void aCommandThatHangsIsEnded() {
    AssertionError e =
        assertThrows(
            AssertionError.class,
            () ->
                KernelTarget.run(Duration.ofMillis(500), "sh", "-c", "echo one; sleep 1000; true"));
    assertTrue(e.getMessage().endsWith("has not ended within PT0.5S: one\n"), e.getMessage());
  }
}

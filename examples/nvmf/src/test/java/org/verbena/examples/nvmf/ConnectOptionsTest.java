package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid options are rejected, and named. */
class ConnectOptionsTest {
  private static final ConnectOptions OPTIONS = ConnectOptions.DEFAULT;

  @ParameterizedTest
  @CsvSource({"0, 1", "-1, 1", "1, 0", "1, 129"})
  void queuesAndDepthHaveLimits(int queues, int depth) {
    assertThrows(IllegalArgumentException.class, () -> OPTIONS.withQueues(queues, depth));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT-1S", "PT0S", "PT0.000999S", "P2D", "PT2562047788015215H30M7S"})
  void wrongDurationsAreNamed(Duration wrong) {
    names("ioTimeout", () -> OPTIONS.withIoTimeout(wrong));
    names("keepAlive", () -> OPTIONS.withLoss(wrong, OPTIONS.reconnectDelay(), Duration.ZERO));
    names("reconnectDelay", () -> OPTIONS.withLoss(OPTIONS.keepAlive(), wrong, Duration.ZERO));
    if (wrong.isNegative() || wrong.toDays() > 0) {
      names(
          "reconnectLimit",
          () -> OPTIONS.withLoss(OPTIONS.keepAlive(), OPTIONS.reconnectDelay(), wrong));
    }
  }

  @Test
  void messagesSayWhatWouldBeRight() {
    IllegalArgumentException e =
        names("ioTimeout", () -> OPTIONS.withIoTimeout(Duration.ofSeconds(-1)));
    assertEquals("ioTimeout must be from PT0.001S to PT24H, not PT-1S", e.getMessage());
    e =
        names(
            "keepAlive",
            () ->
                OPTIONS.withLoss(Duration.ofMillis(1500), OPTIONS.reconnectDelay(), Duration.ZERO));
    assertEquals("keepAlive must be whole seconds, not PT1.5S", e.getMessage());
  }

  private static IllegalArgumentException names(String option, Runnable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
    assertEquals(option, e.getMessage().split(" ")[0]);
    return e;
  }
}

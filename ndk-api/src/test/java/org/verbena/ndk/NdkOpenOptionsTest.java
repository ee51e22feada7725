package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class NdkOpenOptionsTest {
  @Test
  void theDefaultTimeOutIsTwentySeconds() {
    assertEquals(Duration.ofSeconds(20), NdkOpenOptions.DEFAULT.connectionTimeout());
  }

  @Test
  void theShortestAndTheLongestTimeOutAreTaken() {
    assertEquals(
        Duration.ofMillis(1), new NdkOpenOptions(Duration.ofMillis(1)).connectionTimeout());
    assertEquals(Duration.ofDays(1), new NdkOpenOptions(Duration.ofDays(1)).connectionTimeout());
  }

  @Test
  void timeOutsOutOfRangeAreRefused() {
    for (Duration bad :
        new Duration[] {
          Duration.ofMillis(1).minusNanos(1),
          Duration.ZERO,
          Duration.ofSeconds(-1),
          Duration.ofDays(1).plusNanos(1)
        }) {
      assertThrows(
          IllegalArgumentException.class, () -> new NdkOpenOptions(bad), () -> bad.toString());
    }
    assertThrows(NullPointerException.class, () -> new NdkOpenOptions(null));
  }

  @Test
  void notificationThreadsOutOfRangeAreRefused() {
    assertEquals(1, NdkOpenOptions.DEFAULT.notificationThreads());
    int most = NdkOpenOptions.MAX_NOTIFICATION_THREADS;
    assertEquals(most, NdkOpenOptions.DEFAULT.withNotificationThreads(most).notificationThreads());
    for (int bad : new int[] {0, -1, most + 1}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> NdkOpenOptions.DEFAULT.withNotificationThreads(bad),
          () -> "" + bad);
    }
  }
}

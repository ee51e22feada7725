package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NdkConnectOptionsTest {
  private static final NdkConnectOptions DEFAULT = NdkConnectOptions.DEFAULT;

  @Test
  void theDefaultAsksForAllReadsAndSendsNothing() {
    assertEquals(Integer.MAX_VALUE, DEFAULT.inboundReadLimit());
    assertEquals(Integer.MAX_VALUE, DEFAULT.outboundReadLimit());
    assertEquals(0, DEFAULT.privateData().length);
    assertEquals(Optional.empty(), DEFAULT.timeout());
  }

  @Test
  void eachOptionIsChangedAlone() {
    Duration second = Duration.ofSeconds(1);
    byte[] data = {1, 2};
    assertEquals(
        new NdkConnectOptions(3, 4, data, Optional.of(second)),
        DEFAULT.withReadLimits(3, 4).withPrivateData(data).withTimeout(second));
    assertNotEquals(DEFAULT, DEFAULT.withReadLimits(3, Integer.MAX_VALUE));
    assertNotEquals(DEFAULT, DEFAULT.withReadLimits(Integer.MAX_VALUE, 3));
    assertNotEquals(DEFAULT, DEFAULT.withPrivateData(data));
    assertNotEquals(DEFAULT, DEFAULT.withTimeout(second));
    assertEquals(DEFAULT, DEFAULT.withPrivateData(null));
  }

  @Test
  void privateDataIsCopiedInAndOut() {
    byte[] data = {1};
    NdkConnectOptions options = DEFAULT.withPrivateData(data);
    data[0] = 2;
    options.privateData()[0] = 3;
    assertArrayEquals(new byte[] {1}, options.privateData());
  }

  @Test
  void timeOutsOutOfRangeAreRefused() {
    for (Duration bad :
        new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(1).plusNanos(1)}) {
      assertThrows(
          IllegalArgumentException.class, () -> DEFAULT.withTimeout(bad), () -> bad.toString());
    }
  }
}

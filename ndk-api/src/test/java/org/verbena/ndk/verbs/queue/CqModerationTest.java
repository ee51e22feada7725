package org.verbena.ndk.verbs.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * NDKPI's table of moderation intervals and counts, for a queue of 64 on a device that coalesces at
 * most 1000 completions for at most 5000 microseconds.
 */
class CqModerationTest {
  private static final int DEPTH = 64;
  private static final int MAX_COUNT = 1000;
  private static final int MAX_PERIOD = 5000;

  private static CqModeration of(long interval, long count) {
    return CqModeration.of((int) interval, (int) count, DEPTH, MAX_COUNT, MAX_PERIOD);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "0, 2", "0, 64", "0, 65", "0, 0xFFFFFFFF"})
  void withoutAnIntervalThereIsNone(String interval, String count) {
    assertEquals(new CqModeration(0, 0), of(Long.decode(interval), Long.decode(count)));
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "1, 1", "5000, 1", "0x80000000, 0", "0xFFFFFFFF, 0", "0xFFFFFFFF, 1"})
  void withoutACountThereIsNone(String interval, String count) {
    assertEquals(new CqModeration(0, 0), of(Long.decode(interval), Long.decode(count)));
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "64"})
  void withoutALimitOnTheIntervalTheCountAloneCounts(int count) {
    assertEquals(new CqModeration(count, MAX_PERIOD), of(0xFFFF_FFFFL, count));
  }

  @ParameterizedTest
  @CsvSource({"1, 65", "7, 1001", "5000, 0x7FFFFFFF", "7, 0x80000000", "7, 0xFFFFFFFF"})
  void withACountBeyondTheDepthTheIntervalAloneCounts(int interval, String count) {
    assertEquals(new CqModeration(MAX_COUNT, interval), of(interval, Long.decode(count)));
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 64", "5000, 2", "4999, 63"})
  void elseWhatComesFirst(int interval, int count) {
    assertEquals(new CqModeration(count, interval), of(interval, count));
  }

  @ParameterizedTest
  @CsvSource({"65", "0x7FFFFFFF", "0x80000000", "0xFFFFFFFE", "0xFFFFFFFF"})
  void withoutAnyLimitTheyAreAnInvalidMix(String count) {
    assertNull(of(0xFFFF_FFFFL, Long.decode(count)));
  }

  @ParameterizedTest
  @CsvSource({"5001", "0x7FFFFFFF", "0x80000000", "0xFFFFFFFE"})
  void anIntervalBeyondTheDevicesIsItsGreatest(String interval) {
    assertEquals(new CqModeration(8, MAX_PERIOD), of(Long.decode(interval), 8));
    assertEquals(new CqModeration(MAX_COUNT, MAX_PERIOD), of(Long.decode(interval), 65));
  }

  @ParameterizedTest
  @CsvSource({"1001", "65535", "100000"})
  void aCountBeyondTheDevicesIsItsGreatest(int count) {
    int depth = 100_000;
    assertEquals(
        new CqModeration(MAX_COUNT, 10), CqModeration.of(10, count, depth, MAX_COUNT, MAX_PERIOD));
    assertEquals(
        new CqModeration(MAX_COUNT, MAX_PERIOD),
        CqModeration.of(-1, count, depth, MAX_COUNT, MAX_PERIOD));
  }
}

package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.verbena.ndk.NdkAdapterFlags;

class MeasureTest {
  @Test
  void percentilesAreNearestRanksOfHalfTheRoundTrip() {
    Latency latency = new Latency(200);
    for (int i = 200; i > 0; i--) {
      latency.add(i * 10L);
    }
    assertEquals(500, latency.percentile(50));
    assertEquals(990, latency.percentile(99));
    assertEquals(1000, latency.percentile(100));
  }

  @Test
  void theChecksumIsCrc32c() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(9);
      text.copyFrom(MemorySegment.ofArray("123456789".getBytes(StandardCharsets.US_ASCII)));
      assertEquals(0xe3069283, Checksum.of(text)); // the check value of its definition
    }
  }

  @Test
  void flagsAreNamed() throws Exception {
    assertEquals("0x0", AdapterReport.flags(0));
    assertEquals(
        "0x10001 IN_ORDER_DMA_SUPPORTED LOOPBACK_CONNECTIONS_SUPPORTED",
        AdapterReport.flags(
            NdkAdapterFlags.NDK_ADAPTER_FLAG_IN_ORDER_DMA_SUPPORTED
                | NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED));
  }
}

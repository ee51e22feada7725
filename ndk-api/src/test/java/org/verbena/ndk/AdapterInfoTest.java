package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every field of NDK_ADAPTER_INFO has a plausible value. */
@Tag("device")
@Covers("NdkQueryAdapterInfo")
@ExtendWith(Fixtures.class)
class AdapterInfoTest {
  private final NdkAdapter adapter;
  private final NdkAdapterInfo info;

  AdapterInfoTest(Side side) {
    adapter = side.adapter;
    info = side.info();
  }

  @Test
  void theVersionIsOfNdkTwo() {
    assertEquals(2, info.majorVersion());
    assertTrue(info.minorVersion() == 0 || info.minorVersion() == 1, info::toString);
  }

  @Test
  void vendorAndDeviceAreThoseOfVerbs() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("ibv_devinfo", "-d", RigDevice.A.deviceName()).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
    assertEquals(Integer.decode(field(output, "vendor_id")), info.vendorId());
    assertEquals(Integer.decode(field(output, "vendor_part_id")), info.deviceId());
  }

  private static String field(String output, String name) {
    return output
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void regionsMayBeLongerThanAnInt() {
    assertTrue(info.maxRegistrationSize() > Integer.MAX_VALUE, info::toString);
    assertTrue(info.maxWindowSize() >= 0, info::toString);
    assertTrue(info.frmrPageCount() >= 0, info::toString);
  }

  @Test
  void requestsMayHaveSeveralElementsAndBeLong() {
    assertBetween(4, 4096, info.maxInitiatorRequestSge());
    assertBetween(4, 4096, info.maxReceiveRequestSge());
    assertBetween(4, 4096, info.maxReadRequestSge());
    assertBetween(1 << 20, 0xFFFF_FFFFL, info.maxTransferLength());
    assertBetween(16, 1 << 20, info.maxInlineDataSize());
    assertBetween(1, info.maxTransferLength(), info.largeRequestThreshold());
  }

  @Test
  void readLimitsAreSmallPositiveNumbers() {
    assertBetween(1, 254, info.maxInboundReadLimit());
    assertBetween(1, 254, info.maxOutboundReadLimit());
  }

  @Test
  void queuesMayBeDeep() {
    assertBetween(256, Integer.MAX_VALUE, info.maxReceiveQueueDepth());
    assertBetween(256, Integer.MAX_VALUE, info.maxInitiatorQueueDepth());
    assertBetween(0, Integer.MAX_VALUE, info.maxSrqDepth());
    assertBetween(256, Integer.MAX_VALUE, info.maxCqDepth());
  }

  @Test
  void privateDataMayBe56BytesUpAnd148Down() {
    assertEquals(56, info.maxCallerData());
    assertEquals(148, info.maxCalleeData());
  }

  @Test
  void flagsAreThoseOfSoftRoce() {
    int known =
        NdkAdapterFlags.NDK_ADAPTER_FLAG_IN_ORDER_DMA_SUPPORTED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_LOCAL_INVALIDATE_SUPPORTED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED
            | NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED;
    assertEquals(0, info.adapterFlags() & ~known, "unknown flags");
    assertNotEquals(
        0,
        info.adapterFlags() & NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED,
        "connections within one device work");
    assertNotEquals(
        0,
        info.adapterFlags() & NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED,
        "only iWARP needs read sinks");
    assertEquals(
        0,
        info.adapterFlags() & NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_LOCAL_INVALIDATE_SUPPORTED,
        "verbs has no such operation");
    if (RigDevice.A.isSoftRoce()) {
      assertEquals(
          0,
          info.adapterFlags() & NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED,
          "rxe cannot moderate");
    }
  }

  @Test
  void theTechnologyIsRoceV2() {
    assertEquals(NdkRdmaTechnology.ROCE_V2, info.rdmaTechnology());
  }

  @Test
  void everyQueryGivesTheSame() throws NdkException {
    assertEquals(info, adapter.queryAdapterInfo());
    try (NdkAdapter again = NdkAdapter.open(RigDevice.A.deviceName())) {
      assertEquals(info, again.queryAdapterInfo());
    }
  }

  private static void assertBetween(long low, long high, long value) {
    assertTrue(
        low <= value && value <= high, () -> value + " is not between " + low + " and " + high);
  }
}

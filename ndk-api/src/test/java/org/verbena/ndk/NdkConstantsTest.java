package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The values of NDKPI's flags and enumerations. */
class NdkConstantsTest {
  @Test
  void workRequestFlags() {
    assertEquals(0x001, NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS);
    assertEquals(0x002, NdkOpFlags.NDK_OP_FLAG_READ_FENCE);
    assertEquals(0x004, NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT);
    assertEquals(0x008, NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ);
    assertEquals(0x010, NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE);
    assertEquals(0x030, NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE);
    assertEquals(0x040, NdkOpFlags.NDK_OP_FLAG_INLINE);
    assertEquals(0x080, NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK);
    assertEquals(0x100, NdkOpFlags.NDK_OP_FLAG_RDMA_READ_LOCAL_INVALIDATE);
    assertEquals(0x200, NdkOpFlags.NDK_OP_FLAG_DEFER);
  }

  @Test
  void memoryRegionFlags() {
    assertEquals(0x0, NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_READ);
    assertEquals(0x1, NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE);
    assertEquals(0x2, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ);
    assertEquals(0x5, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE);
    assertEquals(0x8, NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK);
  }

  @Test
  void notifyTypes() {
    assertEquals(0, NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS);
    assertEquals(1, NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    assertEquals(2, NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED);
  }

  @Test
  void adapterFlags() {
    assertEquals(0x00001, NdkAdapterFlags.NDK_ADAPTER_FLAG_IN_ORDER_DMA_SUPPORTED);
    assertEquals(0x00002, NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED);
    assertEquals(0x00004, NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED);
    assertEquals(0x00008, NdkAdapterFlags.NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED);
    assertEquals(0x00010, NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_LOCAL_INVALIDATE_SUPPORTED);
    assertEquals(0x00100, NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED);
    assertEquals(0x10000, NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED);
  }

  @Test
  void operationTypes() {
    assertEquals(
        List.of(
            "RECEIVE=1",
            "RECEIVE_AND_INVALIDATE=32769",
            "SEND=2",
            "FAST_REGISTER=4",
            "BIND=8",
            "INVALIDATE=16",
            "READ=32",
            "WRITE=64",
            "RECEIVE_WITH_IMMEDIATE=65537",
            "RECEIVE_WRITE_WITH_IMMEDIATE=65538",
            "COMPARE_AND_SWAP=65540",
            "FETCH_AND_ADD=65544"),
        Stream.of(NdkOperationType.values()).map(t -> t + "=" + t.value()).toList());
    for (NdkOperationType type : NdkOperationType.values()) {
      assertSame(type, NdkOperationType.of(type.value()));
    }
    assertThrows(IllegalArgumentException.class, () -> NdkOperationType.of(3));
  }

  @Test
  void objectTypes() {
    assertEquals(
        List.of(
            "ADAPTER=1",
            "QP=2",
            "CQ=3",
            "MR=4",
            "MW=5",
            "PD=6",
            "SHARED_ENDPOINT=7",
            "CONNECTOR=8",
            "LISTENER=9",
            "SRQ=10",
            "WAIT_SET=4096"),
        Stream.of(NdkObjectType.values()).map(t -> t + "=" + t.value()).toList());
  }

  @Test
  void technologies() {
    assertEquals(
        List.of("UNDEFINED=0", "IWARP=1", "INFINIBAND=2", "ROCE=3", "ROCE_V2=4"),
        Stream.of(NdkRdmaTechnology.values()).map(t -> t + "=" + t.value()).toList());
  }
}

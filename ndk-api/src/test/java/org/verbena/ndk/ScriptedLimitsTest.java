package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.verbena.binding.rdma.RdmaCore;

/** Limits of devices other than Soft-RoCE, which do not always report them. */
@Tag("scripted")
class ScriptedLimitsTest {
  private static final NdkQpSizes LEAST = new NdkQpSizes(1, 1, 1, 1, 0);

  @Test
  @Covers({"NdkQueryAdapterInfo", "NdkCreateQp"})
  void aSendQueueThatIsCountedInBlocksIsAsDeepAsTheAdapterSays() throws Exception {
    ScriptedDevice.likeMlx5();
    try (Side side = ScriptedDevice.open()) {
      int depth = side.info().maxInitiatorQueueDepth();
      assertTrue(depth > 1000 && depth < 1 << 15, () -> depth + " requests");
      create(side, LEAST.withInitiatorDepth(depth));
      assertRefused(
          NdkStatus.INVALID_PARAMETER, () -> create(side, LEAST.withInitiatorDepth(depth + 1)));
      assertEquals(1 << 15, side.info().maxReceiveQueueDepth());
      // Each size on its own fits.
      NdkQpSizes wide =
          LEAST.withInitiatorSge(side.info().maxInitiatorRequestSge()).withInlineSize(512);
      create(side, wide);
      NdkException tooMuch =
          assertRefused(
              NdkStatus.INSUFFICIENT_RESOURCES, () -> create(side, wide.withInitiatorDepth(depth)));
      assertTrue(tooMuch.getMessage().contains("reduce"), tooMuch::getMessage);
    }
  }

  @Test
  @Covers("NdkQueryAdapterInfo")
  void aDeviceThatKeepsItsWordIsAskedOnce() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    ScriptedDevice.open().close();
    long creations = device.get("qp_creations");
    assertTrue(creations <= 18, () -> creations + " queue pairs, most for the inline size");
    ScriptedDevice.open().close();
    assertEquals(creations, device.get("qp_creations"), "the second time it is known");
  }

  @Test
  @Covers({"NdkQueryAdapterInfo", "NdkCreateMw", "NdkCreateMr", "NdkRegisterMr"})
  void windowsThatOnlyTheKernelHasAreNone() throws Exception {
    ScriptedDevice device = ScriptedDevice.likeBnxtRe();
    try (Side side = ScriptedDevice.open()) {
      assertEquals(0, side.info().maxWindowSize());
      assertEquals(0, side.info().frmrPageCount());
      assertRefused(NdkStatus.NOT_SUPPORTED, side.pd::createMw);
      assertRefused(NdkStatus.NOT_SUPPORTED, () -> side.pd.createMr(true));
      side.buffer(64);
      assertEquals(0, device.get("last_access") & RdmaCore.IBV_ACCESS_MW_BIND());
    }
  }

  @Test
  @Covers({"NdkQueryAdapterInfo", "NdkCreateMw"})
  void windowsOfTheOtherTypeAreNone() throws Exception {
    ScriptedDevice.likeIrdma();
    try (Side side = ScriptedDevice.open()) {
      assertEquals(0, side.info().maxWindowSize());
      assertRefused(NdkStatus.NOT_SUPPORTED, side.pd::createMw);
    }
  }

  @Test
  @Covers("NdkCreateMw")
  void whyAWindowCannotBeMadeIsTold() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      device.failOnce("ibv_alloc_mw", RdmaCore.EPERM(), 0);
      assertRefused(NdkStatus.ACCESS_DENIED, side.pd::createMw);
      side.pd.createMw();
    }
  }

  @Test
  @Covers({"NdkRegisterMr", "NdkBind"})
  void memoryThatCannotBeWrittenIsRegisteredWithoutWindows() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      Endpoint end = ScriptedDevice.connected(side, Endpoint.SMALL);
      device.with("read_only_memory", 1);
      Buffer readable = side.buffer(64, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ);
      assertEquals(RdmaCore.IBV_ACCESS_REMOTE_READ(), device.get("last_access"));
      NdkMr writable = side.pd.createMr();
      assertEquals(
          NdkStatus.ACCESS_VIOLATION,
          Await.failure(writable.registerMr(side.memory(64), Buffer.ALL_RIGHTS)));
      assertEquals(
          NdkStatus.ACCESS_VIOLATION,
          end.qp.bind(
              1,
              readable.mr(),
              side.pd.createMw(),
              readable.memory(),
              NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ));
    }
  }

  @Test
  @Covers("NdkQueryAdapterInfo")
  void transfersMayBeOfTwoGibAndMore() throws Exception {
    ScriptedDevice.blank().with("max_msg_sz", 0xFFFF_FFFFL);
    try (Side side = ScriptedDevice.open()) {
      assertEquals(0xFFFF_FFFFL, side.info().maxTransferLength());
    }
  }

  @Test
  @Covers({"NdkCreateSrq", "NdkModifySrq"})
  void aThresholdIsNeverAboveTheDepth() throws Exception {
    ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      assertRefused(NdkStatus.INVALID_PARAMETER, () -> side.pd.createSrq(16, 1, 17, _ -> {}));
      NdkSrq srq = side.pd.createSrq(16, 1, 16, _ -> {});
      assertEquals(NdkStatus.INVALID_PARAMETER, Await.failure(srq.modifySrq(8, 0)));
      assertEquals(NdkStatus.INVALID_PARAMETER, Await.failure(srq.modifySrq(0, 17)));
      Await.done(srq.modifySrq(8, 8));
    }
  }

  private static void create(Side side, NdkQpSizes sizes) throws Exception {
    NdkCq cq = side.cq();
    Await.done(side.pd.createQp(cq, cq, 0, sizes).closeAsync());
  }

  private interface Creation {
    void run() throws Exception;
  }

  private static NdkException assertRefused(NdkStatus status, Creation creation) {
    NdkException refusal = assertThrows(NdkException.class, creation::run);
    assertEquals(status, refusal.status(), refusal::getMessage);
    return refusal;
  }
}

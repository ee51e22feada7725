package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.verbena.binding.rdma.RdmaCore;

/** Completion queues of devices with several vectors or moderation, and failures. */
@Tag("scripted")
class ScriptedCqTest {
  private final Notifications notifications = new Notifications();

  @Test
  @Covers("NdkCreateCq")
  void queuesTakeTheVectorsInTurnOrWhereTheyAreWanted() throws Exception {
    ScriptedDevice device = ScriptedDevice.likeMlx5();
    try (Side side = ScriptedDevice.open()) {
      List<Long> vectors = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        side.cq();
        vectors.add(device.get("last_vector"));
      }
      assertEquals(Set.of(0L, 1L, 2L, 3L), Set.copyOf(vectors.subList(0, 4)));
      assertEquals(vectors.getFirst(), vectors.getLast(), "the first again after the last");
      side.adapter.createCq(16, null, NdkGroupAffinity.ofProcessor(2));
      assertEquals(2, device.get("last_vector"));
      side.adapter.createCq(16, null, NdkGroupAffinity.ofProcessor(71));
      assertEquals(3, device.get("last_vector"), "71 modulo 4");
    }
  }

  @Test
  void asManyResultsAreSynthesizedAsTheQueueHolds() throws Exception {
    int count = 1000;
    ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.adapter.createCq(count, null);
      Endpoint end = new Endpoint(side, Endpoint.SMALL, 1, cq, side.cq());
      Pair.connect(end, new Endpoint(side, Endpoint.SMALL, 2));
      end.qp.flush();
      for (int i = 0; i < count; i++) {
        assertEquals(NdkStatus.SUCCESS, end.qp.receive(i, null, 0));
      }
      List<Result> results = Result.take(cq, count);
      assertEquals(Collections.nCopies(count, NdkStatus.CANCELLED), Result.statuses(results));
      assertEquals(LongStream.range(0, count).boxed().toList(), Result.contexts(results));
    }
  }

  @Test
  @Covers({"NdkCreateQp", "NdkResizeCq"})
  void manyQueuePairsEnlargeTheirQueueByDoubling() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.cq();
      createQps(side, cq, 64);
      assertEquals(1, device.get("resizes"), "only the trial's");
      createQps(side, cq, 236);
      assertEquals(4, device.get("resizes"), "at 65, at 129 and at 257");
    }
  }

  @Test
  @Covers("NdkResizeCq")
  void theDeepestQueueIsReachedUnlessItsQueuePairsNeedTheRoom() throws Exception {
    ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      int deepest = side.info().maxCqDepth();
      NdkCq cq = side.cq();
      createQps(side, cq, 200);
      Await.done(cq.resizeCq(deepest));
      createQps(side, cq, 56);
      NdkException full = assertThrows(NdkException.class, () -> createQps(side, cq, 1));
      assertEquals(NdkStatus.INSUFFICIENT_RESOURCES, full.status(), full::getMessage);
      Await.done(cq.resizeCq(256));
      createQps(side, cq, 1);
      assertEquals(NdkStatus.INSUFFICIENT_RESOURCES, Await.failure(cq.resizeCq(deepest)));
      Await.done(cq.resizeCq(deepest - 1));
    }
  }

  @Test
  @Covers("NdkCreateQp")
  void aQueueThatCannotGrowIsTold() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.cq();
      createQps(side, cq, 64);
      device.failOnce("ibv_resize_cq", RdmaCore.ENOMEM(), 0);
      NdkException refusal = assertThrows(NdkException.class, () -> createQps(side, cq, 1));
      assertEquals(NdkStatus.INSUFFICIENT_RESOURCES, refusal.status(), refusal::getMessage);
      createQps(side, cq, 1);
    }
  }

  @Test
  @Covers({"NdkCreateCq", "NdkCreateQp", "NdkResizeCq"})
  void aQueueThatKeepsItsSizeHasRoomFromTheStart() throws Exception {
    ScriptedDevice.likeIrdma();
    try (Side side = ScriptedDevice.open()) {
      int resize = NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED;
      assertEquals(0, side.info().adapterFlags() & resize);
      NdkCq cq = side.adapter.createCq(400, null);
      createQps(side, cq, 400);
      NdkException full = assertThrows(NdkException.class, () -> createQps(side, cq, 1));
      assertEquals(NdkStatus.INSUFFICIENT_RESOURCES, full.status(), full::getMessage);
      assertEquals(NdkStatus.NOT_SUPPORTED, Await.failure(cq.resizeCq(8)));
    }
  }

  @Test
  @Covers({"NdkGetCqResults", "NDK_FN_CQ_NOTIFICATION_CALLBACK"})
  void aPollThatFailsEndsEveryRequestOnceAndIsTold() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.adapter.createCq(64, notifications);
      Endpoint end = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
      device.with("hold", 1);
      for (int i = 0; i < 5; i++) {
        assertEquals(NdkStatus.SUCCESS, end.qp.send(i, null, 0, 0));
      }
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS);
      device.with("poll_result", -1);
      List<Result> results = Result.take(cq, 5);
      assertEquals(List.of(0L, 1L, 2L, 3L, 4L), Result.contexts(results));
      results.forEach(
          result -> assertEquals(NdkStatus.CANCELLED, result.status(), result::toString));
      notifications.await(1);
      assertEquals(List.of(NdkStatus.INTERNAL_ERROR), notifications.statuses());
      assertEquals(NdkStatus.CONNECTION_INVALID, end.qp.send(9, null, 0, 0));
      Result.assertNone(cq);
    }
  }

  @Test
  @Covers("NdkArmCq")
  void anArmThatFailsIsTold() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.adapter.createCq(64, notifications);
      device.with("notify_errno", RdmaCore.EINVAL());
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      notifications.await(1);
      assertEquals(List.of(NdkStatus.INTERNAL_ERROR), notifications.statuses());
    }
  }

  @Test
  @Covers({"NdkArmCq", "NDK_FN_CQ_NOTIFICATION_CALLBACK"})
  void anArmIsToldOfACompletion() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.adapter.createCq(64, notifications);
      Endpoint end = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
      device.with("hold", 1);
      end.qp.send(7, null, 0, 0);
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      side.settle();
      assertEquals(List.of(), notifications.statuses());
      device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
      notifications.await(1);
      Result.success(cq, 7);
    }
  }

  @Test
  @Covers({"NdkSend", "NdkArmCq"})
  void anArmIsToldOfRoomThatSilentRequestsHaveLeft() throws Exception {
    ScriptedDevice device = ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      NdkCq cq = side.adapter.createCq(64, notifications);
      Endpoint end = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
      int silent = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
      int depth = Endpoint.SMALL.initiatorDepth();
      device.with("hold", 1);
      for (int i = 0; i < depth; i++) {
        assertEquals(NdkStatus.SUCCESS, end.qp.send(i, null, 0, silent));
      }
      assertEquals(NdkStatus.NO_MORE_ENTRIES, end.qp.send(depth, null, 0, silent));
      for (int i = 0; i < depth; i++) {
        device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
      }
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      notifications.await(1);
      Result.assertNone(cq);
      assertEquals(NdkStatus.SUCCESS, end.qp.send(depth, null, 0, silent));
    }
  }

  @Test
  @Covers("NdkControlCqInterruptModeration")
  void moderationIsForDevicesThatHaveIt() throws Exception {
    ScriptedDevice.likeMlx5();
    try (Side side = ScriptedDevice.open()) {
      assertEquals(NdkStatus.SUCCESS, side.cq().controlCqInterruptModeration(10, 4));
    }
    ScriptedDevice.blank();
    try (Side side = ScriptedDevice.open()) {
      assertEquals(NdkStatus.NOT_SUPPORTED, side.cq().controlCqInterruptModeration(10, 4));
    }
  }

  private static void createQps(Side side, NdkCq cq, int count) throws NdkException {
    for (int i = 0; i < count; i++) {
      side.pd.createQp(cq, cq, i, Endpoint.SMALL);
    }
  }
}

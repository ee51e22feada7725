package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.verbena.binding.rdma.RdmaCore;

/** Races, starvation and failures below the API, none of which may lose or hold up anything. */
@Tag("scripted")
class ScriptedReliabilityTest {
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

  private ScriptedDevice device;
  private Side side;

  @BeforeEach
  void open() throws Exception {
    device = ScriptedDevice.blank();
    side = ScriptedDevice.open();
  }

  @AfterEach
  void close() {
    device.with("keeps_qps", 0);
    side.close();
  }

  private Endpoint connected() throws Exception {
    return ScriptedDevice.connected(side, Endpoint.SMALL);
  }

  @Test
  @Covers({"NdkBind", "NdkCloseXxx"})
  void theCloseOfARegionSparesAWindowThatIsBoundElsewhereByThen() throws Exception {
    Endpoint end = connected();
    Buffer lasting = side.buffer(64);
    NdkMw mw = side.pd.createMw();
    for (int round = 0; round < 2000; round++) {
      Buffer closed = side.buffer(64);
      OneSided.bind(end, closed, mw);
      OneSided.invalidate(end, mw);
      CompletionStage<Void> closing = closed.mr().closeAsync();
      int token = OneSided.bind(end, lasting, mw);
      Await.done(closing);
      assertEquals(token, mw.getRemoteTokenFromMw(), "round " + round);
      OneSided.invalidate(end, mw);
    }
  }

  @Test
  @Covers({"NdkSend", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void eventsThatCannotBeReadEndEverything() throws Exception {
    Endpoint end = connected();
    device.with("async_errno", RdmaCore.EIO());
    device.raise(side.adapter, RdmaCore.IBV_EVENT_COMM_EST(), end.qp);
    end.awaitDisconnect();
    assertEquals(NdkStatus.DEVICE_REMOVED, end.qp.send(1, null, 0, 0));
  }

  @Test
  @Covers("NDK_FN_CQ_NOTIFICATION_CALLBACK")
  void aLostDeviceIsToldInAWaitSet() throws Exception {
    final Endpoint end = connected();
    NdkWaitSet waitSet = side.adapter.createWaitSet();
    AtomicReference<NdkStatus> told = new AtomicReference<>();
    NdkCq armed = waitSet.createCq(16, told::set, null);
    armed.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    device.with("async_errno", RdmaCore.EIO());
    device.raise(side.adapter, RdmaCore.IBV_EVENT_COMM_EST(), end.qp);
    assertEquals(1, waitSet.await(Await.DEADLINE));
    assertEquals(NdkStatus.DEVICE_REMOVED, told.get());
  }

  @Test
  @Covers("NDK_FN_CQ_NOTIFICATION_CALLBACK")
  void aCallbackThatAlwaysCausesTheNextDoesNotHoldUpEvents() throws Exception {
    Endpoint other = connected();
    AtomicReference<Runnable> again = new AtomicReference<>(() -> {});
    AtomicBoolean stop = new AtomicBoolean();
    NdkCq cq = side.adapter.createCq(64, _ -> again.get().run());
    Endpoint busy = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
    NdkResults results = new NdkResults(1);
    again.set(
        () -> {
          cq.getCqResults(results);
          if (!stop.get()) {
            busy.qp.send(1, null, 0, 0);
            cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY); // finds it, and notifies at once
          }
        });
    try {
      busy.qp.send(1, null, 0, 0);
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      device.raise(side.adapter, RdmaCore.IBV_EVENT_QP_FATAL(), other.qp);
      other.awaitDisconnect();
    } finally {
      stop.set(true);
    }
  }

  @Test
  void aLoggerThatThrowsEndsNoThread() throws Exception {
    AtomicInteger thrown = new AtomicInteger();
    Handler broken =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            thrown.incrementAndGet();
            throw new IllegalStateException("thrown by a test, on purpose");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("org.verbena.ndk");
    logger.addHandler(broken);
    try {
      side.pd
          .createMr()
          .close(
              () -> {
                throw new IllegalStateException("thrown by a test, on purpose");
              });
      side.settle();
    } finally {
      logger.removeHandler(broken);
    }
    assertTrue(thrown.get() > 0);
  }

  @Test
  void nothingIsChargedToDirectMemory() throws Exception {
    long before = directMemory();
    List<Endpoint> ends = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Endpoint end = connected();
      for (int k = 0; k < 8; k++) {
        end.qp.receive(k, null, 0);
      }
      end.qp.flush(); // stages their results
      ends.add(end);
    }
    side.pd.createSrq(16, 4, 0, null);
    assertEquals(before, directMemory());
    assertEquals(20, ends.size());
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  @Covers("NdkFlush")
  void requestsThatTheDeviceLosesAreCancelled() throws Exception {
    Endpoint end = connected();
    loseRequests(end);
    end.qp.flush();
    assertResults(end, NdkStatus.CANCELLED);
  }

  @Test
  @Covers("NdkFlush")
  void aQueuePairThatTheDeviceKeepsIsReported() throws Exception {
    Endpoint end = connected();
    loseRequests(end);
    device.with("keeps_qps", 1);
    end.qp.flush();
    assertResults(end, NdkStatus.INTERNAL_ERROR);
  }

  @Test
  @Covers("NdkFlush")
  void aQueuePairWithAnSrqThatTheDeviceKeepsDoesNotHoldUpItsClose() throws Exception {
    NdkSrq srq = side.pd.createSrq(16, 4, 0, null);
    Endpoint end = new Endpoint(side, new NdkQpSizes(0, 16, 0, 4, 64), 1, side.cq(), srq);
    Pair.connect(end, new Endpoint(side, Endpoint.SMALL, 2));
    device.with("keeps_qps", 1);
    end.connector.close();
    Await.done(end.qp.closeAsync());
  }

  private void loseRequests(Endpoint end) {
    device.with("hold", 1).with("loses", 1);
    for (int i = 0; i < 3; i++) {
      assertEquals(NdkStatus.SUCCESS, end.qp.send(i, null, 0, i == 1 ? SILENT : 0));
      assertEquals(NdkStatus.SUCCESS, end.qp.receive(i, null, 0));
    }
  }

  private static void assertResults(Endpoint end, NdkStatus status) {
    for (NdkCq cq : List.of(end.initiatorCq, end.receiveCq)) {
      List<Result> results = Result.take(cq, 3);
      assertEquals(List.of(0L, 1L, 2L), Result.contexts(results));
      results.forEach(result -> assertEquals(status, result.status(), result::toString));
      Result.assertNone(cq);
    }
  }

  @Test
  @Covers("NdkBuildLAM")
  void aSlowRegistrationHoldsUpNoOtherRequest() throws Exception {
    NdkPd other = side.adapter.createPd();
    other.getPrivilegedMemoryRegionToken();
    Endpoint end = connected();
    device.with("registration_millis", 3000).with("registrations", 0);
    NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(side.pages(1));
    final CompletionStage<Void> built = side.adapter.buildLam(side.pages(1), lam);
    Await.until("its start", () -> device.get("registrations") == 1);
    final CompletionStage<Void> closed = other.closeAsync(); // deregisters mappings
    long start = System.nanoTime();
    end.qp.flush(); // on the control thread
    side.cq();
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(taken.toMillis() < 2000, taken::toString);
    Await.done(built);
    Await.done(closed);
  }

  @Test
  @Covers("NdkReleaseLAM")
  void aRefusedReleaseChangesNothing() throws Exception {
    Endpoint end = connected();
    NdkPd first = side.adapter.createPd();
    int privileged = first.getPrivilegedMemoryRegionToken();
    NdkCq cq = side.cq();
    NdkQp qp = first.createQp(cq, cq, 0, Endpoint.SMALL);
    FastRegion region = new FastRegion(end, side.pages(1));
    region.register(OneSided.READ_WRITE);
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(region.lam), "in use");
    NdkSgl sgl = NdkSgl.of(region.memory, privileged);
    assertEquals(NdkStatus.SUCCESS, qp.receive(1, sgl, 1));
  }

  @Test
  @Covers({"NdkSend", "NdkSendAndInvalidate"})
  void aRequestThatCannotBePostedEndsDeferral() throws Exception {
    Endpoint end = connected();
    assertEquals(NdkStatus.SUCCESS, end.qp.send(1, null, 0, NdkOpFlags.NDK_OP_FLAG_DEFER));
    assertEquals(NdkStatus.NOT_SUPPORTED, end.qp.sendAndInvalidate(2, null, 0, 0, 1));
    Result.success(end.initiatorCq, 1);
    end.qp.flush();
    assertEquals(NdkStatus.CONNECTION_INVALID, end.qp.sendAndInvalidate(2, null, 0, 0, 1));
  }
}

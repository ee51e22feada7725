package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.extension.PreparedRequests;

/** Requests that a driver refuses or a device fails in ways that Soft-RoCE does not. */
@Tag("scripted")
class ScriptedResultsTest {
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

  private ScriptedDevice device;
  private Side side;
  private Endpoint end;
  private NdkCq cq;

  @BeforeEach
  void connect() throws Exception {
    device = ScriptedDevice.blank();
    side = ScriptedDevice.open();
    end = ScriptedDevice.connected(side, Endpoint.SMALL);
    cq = end.initiatorCq;
    device.with("hold", 1);
  }

  @AfterEach
  void close() {
    device.with("post_errno", 0);
    side.close();
  }

  private void send(NdkStatus expected, long context, int flags) {
    assertEquals(expected, end.qp.send(context, null, 0, flags));
  }

  @Test
  @Covers("NdkSend")
  void whatADriverRefusesFailsInItsTurn() throws Exception {
    send(NdkStatus.SUCCESS, 1, DEFER);
    send(NdkStatus.SUCCESS, 2, DEFER);
    send(NdkStatus.SUCCESS, 3, DEFER);
    device.with("post_errno", RdmaCore.ENOMEM()).with("post_taken", 2);
    send(NdkStatus.NO_MORE_ENTRIES, 4, 0);
    device.with("post_errno", 0);
    Result.assertNone(cq);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    send(NdkStatus.SUCCESS, 5, 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    List<Result> results = Result.take(cq, 4);
    assertEquals(List.of(1L, 2L, 3L, 5L), Result.contexts(results));
    assertEquals(
        List.of(NdkStatus.SUCCESS, NdkStatus.SUCCESS, NdkStatus.NO_MORE_ENTRIES, NdkStatus.SUCCESS),
        Result.statuses(results));
    assertEquals(RdmaCore.ENOMEM(), results.get(2).providerErrorCode());
    Result.assertNone(cq);
  }

  @Test
  @Covers("NdkBind")
  void aBindThatTheDriverRefusesLeavesItsWindowAsItWas() throws Exception {
    Buffer region = side.buffer(64);
    NdkMw taken = side.pd.createMw();
    NdkMw refused = side.pd.createMw();
    for (NdkMw mw : List.of(taken, refused)) {
      assertEquals(
          NdkStatus.SUCCESS,
          end.qp.bind(1, region.mr(), mw, region.memory(), OneSided.READ_WRITE | DEFER));
    }
    final int first = taken.getRemoteTokenFromMw();
    final int token = refused.getRemoteTokenFromMw();
    device.with("post_errno", RdmaCore.ENOMEM()).with("post_taken", 1);
    assertEquals(NdkStatus.SUCCESS, end.qp.submit());
    device.with("post_errno", 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    assertEquals(
        List.of(NdkStatus.SUCCESS, NdkStatus.NO_MORE_ENTRIES), Result.statuses(Result.take(cq, 2)));
    assertEquals(first, taken.getRemoteTokenFromMw());
    assertThrows(IllegalStateException.class, refused::getRemoteTokenFromMw);
    end.qp.bind(2, region.mr(), refused, region.memory(), OneSided.READ_WRITE);
    assertEquals(token, refused.getRemoteTokenFromMw(), "the driver knows no other");
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    Result.success(cq, 2);
  }

  @Test
  @Covers("NdkSend")
  void whatIsRefusedBehindASilentRequestIsTold() {
    send(NdkStatus.SUCCESS, 1, DEFER | SILENT);
    send(NdkStatus.SUCCESS, 2, DEFER);
    device.with("post_errno", RdmaCore.EINVAL()).with("post_taken", 1);
    send(NdkStatus.INVALID_PARAMETER, 3, 0);
    Result result = Result.take(cq);
    assertEquals(2, result.requestContext());
    assertEquals(NdkStatus.INVALID_PARAMETER, result.status());
    device.with("post_errno", 0);
    end.qp.flush();
    assertEquals(List.of(1L), Result.contexts(Result.take(cq, 1)), "the silent one, flushed");
    Await.until("all to be back", () -> end.qp.send(9, null, 0, 0) != NdkStatus.SUCCESS);
    Result.assertNone(cq);
  }

  @Test
  @Covers("NdkSend")
  void silentRequestsThatAreRefusedBehindSilentOnesAreTold() {
    int depth = Endpoint.SMALL.initiatorDepth();
    for (int i = 0; i < depth; i++) {
      send(NdkStatus.SUCCESS, i, DEFER | SILENT);
    }
    device.with("post_errno", RdmaCore.ENOMEM()).with("post_taken", 3);
    end.qp.send(depth, null, 0, 0); // posts them, to make room
    device.with("post_errno", 0);
    List<Result> results = Result.take(cq, depth - 3);
    assertEquals(3, results.getFirst().requestContext());
    assertEquals(depth - 1, results.getLast().requestContext());
    results.forEach(result -> assertEquals(NdkStatus.NO_MORE_ENTRIES, result.status()));
    send(NdkStatus.SUCCESS, 99, 0);
  }

  @Test
  @Covers("NdkSend")
  void aRefusedRequestKeepsItsTurnAmongThoseThatAreDoneAtOnce() throws Exception {
    send(NdkStatus.SUCCESS, 1, DEFER);
    send(NdkStatus.SUCCESS, 2, DEFER);
    device.with("post_errno", RdmaCore.ENOMEM()).with("post_taken", 1);
    send(NdkStatus.NO_MORE_ENTRIES, 3, 0);
    device.with("post_errno", 0);
    send(NdkStatus.SUCCESS, 4, 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    assertEquals(List.of(1L, 2L, 4L), Result.contexts(Result.take(cq, 3)));
  }

  @Test
  @Covers("NdkQueryExtension")
  void aPreparedRequestThatADriverRefusesFailsInItsTurn() throws Exception {
    PreparedRequests.Batch batch = end.qp.queryExtension(PreparedRequests.EXTENSION).prepare(4);
    for (int i = 0; i < 4; i++) {
      assertEquals(NdkStatus.SUCCESS, batch.setSend(i, i, null, 0, 0));
    }
    device.with("post_errno", RdmaCore.ENOMEM()).with("post_taken", 1);
    assertEquals(NdkStatus.SUCCESS, batch.post(1, 3));
    device.with("post_errno", 0);
    Result.assertNone(cq);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    List<Result> results = Result.take(cq, 3);
    assertEquals(List.of(1L, 2L, 3L), Result.contexts(results));
    assertEquals(
        List.of(NdkStatus.SUCCESS, NdkStatus.NO_MORE_ENTRIES, NdkStatus.NO_MORE_ENTRIES),
        Result.statuses(results));
    long posts = device.get("posts");
    assertEquals(NdkStatus.SUCCESS, batch.post(0, 4));
    assertEquals(posts + 1, device.get("posts"));
  }

  @Test
  @Covers("NdkGetCqResults")
  void onePollTranslatesSuccessesFailuresAndSilentOnesOfSeveralQueues() throws Exception {
    Endpoint other = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
    for (int i = 0; i < 3; i++) {
      send(NdkStatus.SUCCESS, i, 0);
      assertEquals(NdkStatus.SUCCESS, other.qp.send(10 + i, null, 0, 0));
    }
    send(NdkStatus.SUCCESS, 3, 0);
    assertEquals(NdkStatus.SUCCESS, other.qp.write(13, null, 0, 0, 0, 0));
    for (NdkQp qp : List.of(end.qp, end.qp, other.qp, end.qp, other.qp, other.qp, other.qp)) {
      device.completeSend(qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    }
    device.completeSend(end.qp, RdmaCore.IBV_WC_LOC_PROT_ERR(), 0);
    NdkResults results = new NdkResults(16);
    assertEquals(8, cq.getCqResults(results));
    long[] contexts = LongStream.range(0, 8).map(i -> results.requestContext((int) i)).toArray();
    assertArrayEquals(new long[] {0, 1, 10, 2, 11, 12, 13, 3}, contexts);
    for (int i = 0; i < 8; i++) {
      assertEquals(
          i < 7 ? NdkStatus.SUCCESS : NdkStatus.ACCESS_VIOLATION, results.status(i), "" + i);
    }
    for (int i = 0; i < Endpoint.SMALL.initiatorDepth(); i++) {
      assertEquals(NdkStatus.SUCCESS, other.qp.send(i, null, 0, 0), "its places are free");
    }
  }

  @Test
  @Covers("NdkSend")
  void aDriverThatDoesNotSayWhereItStoppedHasTakenNothing() {
    // A refused request first, so that the driver finds what that one has left.
    device.with("post_errno", RdmaCore.ENOMEM());
    send(NdkStatus.NO_MORE_ENTRIES, 1, 0);
    device.with("post_keeps_bad", 1);
    send(NdkStatus.SUCCESS, 2, DEFER);
    send(NdkStatus.NO_MORE_ENTRIES, 3, 0);
    Result result = Result.take(cq);
    assertEquals(2, result.requestContext());
    assertEquals(NdkStatus.NO_MORE_ENTRIES, result.status());
    Result.assertNone(cq);
  }

  @ParameterizedTest
  @CsvSource({
    "1, BUFFER_OVERFLOW", // LOC_LEN_ERR
    "2, INVALID_DEVICE_REQUEST", // LOC_QP_OP_ERR: only on Soft-RoCE a message that is too long
    "4, ACCESS_VIOLATION",
    "5, CANCELLED",
    "8, ACCESS_VIOLATION",
    "21, INTERNAL_ERROR"
  })
  @Covers({"NdkReceive", "NdkGetCqResults"})
  void receivesFailAsVerbsSays(int wcStatus, NdkStatus expected) throws Exception {
    end.qp.receive(1, null, 0);
    device.completeReceive(end.qp, wcStatus, 0xABCDEF);
    Result result = Result.take(end.receiveCq);
    assertEquals(expected, result.status());
    assertEquals(wcStatus << 24 | 0xABCDEF, result.providerErrorCode());
  }

  @ParameterizedTest
  @CsvSource({
    "1, DATA_OVERRUN",
    "2, INVALID_DEVICE_REQUEST",
    "4, ACCESS_VIOLATION",
    "6, ACCESS_VIOLATION",
    "10, REMOTE_RESOURCES",
    "12, IO_TIMEOUT",
    "21, INTERNAL_ERROR"
  })
  @Covers({"NdkSend", "NdkGetCqResults"})
  void sendsFailAsVerbsSays(int wcStatus, NdkStatus expected) throws Exception {
    send(NdkStatus.SUCCESS, 1, 0);
    send(NdkStatus.SUCCESS, 2, 0);
    device.completeSend(end.qp, wcStatus, 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_WR_FLUSH_ERR(), 0);
    assertEquals(List.of(expected, NdkStatus.CANCELLED), Result.statuses(Result.take(cq, 2)));
  }

  @Test
  @Covers({"NdkSend", "NdkReceive", "NdkGetCqResults"})
  void theFirstFailureIsToldWhereTheDeviceHidesIt() throws Exception {
    end.qp.receive(1, null, 0);
    send(NdkStatus.SUCCESS, 2, 0);
    send(NdkStatus.SUCCESS, 3, 0);
    device.completeReceive(end.qp, RdmaCore.IBV_WC_WR_FLUSH_ERR(), 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_WR_FLUSH_ERR(), 7);
    device.completeSend(end.qp, RdmaCore.IBV_WC_WR_FLUSH_ERR(), 8);
    assertEquals(NdkStatus.CANCELLED, Result.take(end.receiveCq).status());
    assertEquals(
        List.of(NdkStatus.INTERNAL_ERROR, NdkStatus.CANCELLED),
        Result.statuses(Result.take(cq, 2)));
    NdkFailure first = end.qp.firstFailure().orElseThrow();
    assertEquals(2, first.requestContext());
    assertEquals(RdmaCore.IBV_WC_WR_FLUSH_ERR() << 24 | 7, first.providerErrorCode());
    assertEquals(
        new NdkConnectionEnd(NdkConnectionEnd.Cause.PEER_UNKNOWN, 0, Optional.of(first)),
        ConnectionEndTest.end(end.connector));
  }

  @Test
  @Covers("NdkSend")
  void aRefusedRequestEndsNoConnection() throws Exception {
    send(NdkStatus.SUCCESS, 1, DEFER);
    device.with("post_errno", RdmaCore.ENOMEM());
    send(NdkStatus.NO_MORE_ENTRIES, 2, 0);
    device.with("post_errno", 0);
    assertEquals(NdkStatus.NO_MORE_ENTRIES, Result.take(cq).status());
    send(NdkStatus.SUCCESS, 3, 0);
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    Result.success(cq, 3);
    assertFalse(ConnectionEndTest.hasEnded(end.connector));
  }

  @Test
  @Covers("NdkFlush")
  void aFlushIsNoFailure() {
    send(NdkStatus.SUCCESS, 1, 0);
    end.qp.flush();
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());
    assertEquals(Optional.empty(), end.qp.firstFailure());
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NDK_OP_FLAG_SILENT_SUCCESS: a request that succeeds has no result. */
@Tag("device")
@ExtendWith(Fixtures.class)
class SilentSuccessTest {
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

  @Test
  @Covers({"NdkSend", "NdkRead", "NdkWrite"})
  void sendsReadsAndWritesAreSilent(Pair pair) throws Exception {
    NdkQp qp = pair.client.qp;
    Buffer local = pair.client.side.buffer(64);
    Buffer remote = pair.server.side.buffer(64).put("remote");
    pair.server.qp.receive(1, remote.sgl(32, 32), 1);
    assertEquals(NdkStatus.SUCCESS, qp.send(2, local.sgl(0, 1), 1, SILENT));
    assertEquals(
        NdkStatus.SUCCESS,
        qp.read(3, local.sgl(0, 6), 1, remote.address(), remote.remoteToken(), SILENT));
    assertEquals(
        NdkStatus.SUCCESS,
        qp.write(4, local.sgl(40, 6), 1, remote.address(), remote.remoteToken(), SILENT));
    assertEquals(
        NdkStatus.SUCCESS,
        qp.write(5, local.sgl(40, 6), 1, remote.address(), remote.remoteToken(), 0));
    Result.success(pair.client.initiatorCq, 5);
    Result.assertNone(pair.client.initiatorCq);
    Result.success(pair.server.receiveCq, 1);
    assertEquals("remote", local.text(6), "read silently");
  }

  @Test
  @Covers("NdkWrite")
  void silentAndSignalledRequestsMayAlternate() throws Exception {
    try (Pair pair = new Pair(Endpoint.SMALL.withInitiatorDepth(8))) {
      Buffer source = pair.client.side.buffer(8);
      Buffer target = pair.server.side.buffer(8);
      for (int i = 0; i < 100; i++) {
        int flags = i % 2 == 0 ? SILENT : 0;
        assertEquals(
            NdkStatus.SUCCESS,
            pair.client.qp.write(
                i, source.sgl(), 1, target.address(), target.remoteToken(), flags));
        if (flags == 0) {
          Result.success(pair.client.initiatorCq, i);
        }
      }
      Result.assertNone(pair.client.initiatorCq);
    }
  }

  @Test
  @Covers({"NdkWrite", "NdkArmCq"})
  void roomIsWaitedForByNotificationsAlone() throws Exception {
    Notifications notifications = new Notifications();
    int depth = 8;
    try (Pair pair = new Pair(Endpoint.SMALL)) {
      Side side = pair.client.side;
      NdkCq cq = side.adapter.createCq(depth, notifications);
      Endpoint from =
          new Endpoint(side, Endpoint.SMALL.withInitiatorDepth(depth), 0, side.cq(), cq);
      Pair.connect(from, new Endpoint(pair.server.side, Endpoint.SMALL, 0));
      Buffer source = side.buffer(depth).put("abcdefgh");
      Buffer target = pair.server.side.buffer(1);
      for (int round = 0; round < 20; round++) {
        int told = notifications.statuses().size();
        int posted = 0;
        NdkStatus status = NdkStatus.SUCCESS;
        while (status == NdkStatus.SUCCESS && posted < 4 * depth) {
          status = post(from.qp, source.sgl(posted % depth, 1), target);
          posted += status == NdkStatus.SUCCESS ? 1 : 0;
        }
        if (status == NdkStatus.SUCCESS) {
          continue; // the device completes each request before its post returns
        }
        assertEquals(NdkStatus.NO_MORE_ENTRIES, status);
        // In every other round there is room before the queue is armed.
        if (round % 2 == 0) {
          String last =
              source.text(depth).substring((posted - 1) % depth, (posted - 1) % depth + 1);
          Await.until("the last write", () -> target.text(1).equals(last));
        }
        cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
        notifications.await(told + 1);
      }
      Result.assertNone(cq);
    }
  }

  private static NdkStatus post(NdkQp qp, NdkSgl sgl, Buffer target) {
    return qp.write(1, sgl, 1, target.address(), target.remoteToken(), SILENT);
  }

  @Test
  @Covers({"NdkSend", "NdkFlush"})
  void silentRequestsThatAreFlushedHaveResults() throws Exception {
    int depth = 16;
    try (Pair pair = new Pair(Endpoint.SMALL.withInitiatorDepth(depth))) {
      // No receive is posted: they stay outstanding.
      for (int i = 0; i < depth; i++) {
        assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(i, null, 0, SILENT));
      }
      pair.client.qp.flush();
      List<Result> results = Result.take(pair.client.initiatorCq, depth);
      for (int i = 0; i < depth; i++) {
        assertEquals(i, results.get(i).requestContext());
        assertEquals(NdkStatus.CANCELLED, results.get(i).status());
      }
      Result.assertNone(pair.client.initiatorCq);
    }
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Callbacks that throw disturb nothing; callbacks of one adapter never overlap. */
@Tag("device")
@ExtendWith(Fixtures.class)
class CallbackTest {
  /** Thrown in callbacks; the adapter logs it. */
  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Thrown() {
      super("thrown by a test, on purpose");
    }
  }

  private final Sides sides;

  CallbackTest(Sides sides) {
    this.sides = sides;
  }

  private void assertStillWorks() throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Pair.connect(client, server);
    server.qp.receive(1, null, 0);
    client.qp.send(2, null, 0, 0);
    Result.success(client.initiatorCq, 2);
    Await.done(client.connector.disconnect());
    server.awaitDisconnect();
  }

  @Test
  @Covers("NDK_FN_REQUEST_COMPLETION")
  void aRequestCompletionMayThrow() throws Exception {
    NdkMr mr = sides.client.pd.createMr();
    mr.registerMr(
        sides.client.memory(8),
        0,
        (_, _) -> {
          throw new Thrown();
        });
    sides.client.settle();
    mr.getLocalTokenFromMr();
    assertStillWorks();
  }

  @Test
  @Covers("NDK_FN_CLOSE_COMPLETION")
  void aCloseCompletionMayThrow() throws Exception {
    NdkMr mr = sides.client.pd.createMr();
    mr.close(
        () -> {
          throw new Thrown();
        });
    Await.done(sides.client.pd.closeAsync());
  }

  @Test
  @Covers("NDK_FN_REQUEST_COMPLETION")
  void aCallbackMayThrowAnError() throws Exception {
    NdkMr mr = sides.client.pd.createMr();
    mr.registerMr(
        sides.client.memory(8),
        0,
        (_, _) -> {
          throw new StackOverflowError("thrown by a test, on purpose");
        });
    sides.client.settle();
    assertStillWorks();
  }

  @Test
  @Covers({"NDK_FN_CONNECT_EVENT_CALLBACK", "NdkReject"})
  void aConnectEventMayThrow() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    NdkListener listener =
        sides.server.adapter.createListener(
            connector -> {
              if (calls.getAndIncrement() == 0) {
                throw new Thrown();
              }
              connector.reject(new byte[] {7});
              connector.close();
            });
    Await.done(listener.listen(sides.server.anyPort()));
    NdkConnector connector = sides.client.adapter.createConnector();
    NdkQp qp = sides.client.qp();
    for (int i = 1; i <= 2; i++) {
      assertEquals(
          NdkStatus.CONNECTION_REFUSED,
          Completion.of(
              completion ->
                  connector.connect(
                      qp,
                      sides.client.anyPort(),
                      listener.getLocalAddress(),
                      1,
                      1,
                      null,
                      completion)));
      assertEquals(i, calls.get());
    }
    assertEquals(7, connector.getConnectionData().privateData()[0]);
    Await.done(listener.closeAsync());
    assertStillWorks();
  }

  @Test
  @Covers("NDK_FN_DISCONNECT_EVENT_CALLBACK")
  void aDisconnectEventMayThrow() throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    AtomicInteger calls = new AtomicInteger();
    Handshake handshake = Handshake.request(sides.client, client.qp, new Acceptor(sides.server));
    handshake.passive.accept(
        server.qp,
        1,
        1,
        null,
        () -> {
          calls.incrementAndGet();
          throw new Thrown();
        },
        new Completion());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.active.completeConnect(null));
    Await.done(handshake.active.disconnect());
    Await.until("the disconnect event", () -> calls.get() == 1);
    Await.done(handshake.passive.disconnect());
    assertStillWorks();
    assertEquals(1, calls.get());
  }

  @Test
  @Covers({"NDK_FN_CQ_NOTIFICATION_CALLBACK", "NdkArmCq"})
  void aNotificationMayThrowAndTheQueueBeArmedAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    NdkCq cq =
        sides.server.adapter.createCq(
            16,
            _ -> {
              calls.incrementAndGet();
              throw new Thrown();
            });
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2, cq, sides.server.cq());
    Pair.connect(client, server);
    for (int i = 1; i <= 3; i++) {
      int expected = i;
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      server.qp.receive(i, null, 0);
      client.qp.send(i, null, 0, 0);
      Await.until("a notification", () -> calls.get() == expected);
      Result.success(cq, i);
    }
  }

  @Test
  @Covers({"NDK_FN_REQUEST_COMPLETION", "NDK_FN_CLOSE_COMPLETION"})
  void callbacksOfOneAdapterNeverOverlap() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger calls = new AtomicInteger();
    int count = 200;
    NdkMr[] regions = new NdkMr[count];
    for (int i = 0; i < count; i++) {
      regions[i] = sides.client.pd.createMr();
    }
    Runnable callback =
        () -> {
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          Thread.yield();
          inside.decrementAndGet();
          calls.incrementAndGet();
        };
    for (NdkMr mr : regions) {
      mr.registerMr(sides.client.memory(8), 0, (_, _) -> callback.run());
      mr.close(callback::run);
    }
    Await.until("all callbacks", () -> calls.get() == 2 * count);
    assertEquals(1, most.get());
  }

  @Test
  @Covers("NDK_FN_REQUEST_COMPLETION")
  void aCompletionMayStartTheNextRequest() throws Exception {
    NdkMr mr = sides.client.pd.createMr();
    MemorySegment memory = sides.client.memory(8);
    AtomicInteger rounds = new AtomicInteger();
    NdkRequestCompletion[] loop = new NdkRequestCompletion[1];
    loop[0] =
        (status, detail) -> {
          assertEquals(NdkStatus.SUCCESS, status, detail);
          if (rounds.incrementAndGet() < 100) {
            NdkStatus next =
                rounds.get() % 2 == 1
                    ? mr.deregisterMr(loop[0])
                    : mr.registerMr(memory, 0, loop[0]);
            assertEquals(NdkStatus.PENDING, next);
          }
        };
    mr.registerMr(memory, 0, loop[0]);
    Await.until("a hundred rounds", () -> rounds.get() == 100);
  }
}

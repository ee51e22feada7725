package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process that is killed, stopped and resumed, or exits, in the middle of its transfers. */
@Tag("device")
@Tag("long")
@Tag("peer")
@Timeout(300) // a JVM with the library starts slowly on an emulated machine
@ExtendWith(NothingLeft.class)
class ProcessFaultsTest {
  /** An emulated machine takes three times as long. */
  private static final Duration EXIT_LIMIT =
      Duration.ofSeconds("tcg".equals(System.getenv("VERBENA_RIG")) ? 6 : 2);

  private static final int STOPS = 5;
  private static final int PINGS = 100;
  private static final int PING_SIZE = 1000;

  private final Random random = new Random();

  private void pause(int mostMilliseconds) throws InterruptedException {
    Thread.sleep(random.nextInt(mostMilliseconds));
  }

  private static FutureTask<Void> start(Callable<Void> task) {
    FutureTask<Void> future = new FutureTask<>(task);
    Thread.ofPlatform().start(future);
    return future;
  }

  private static void join(FutureTask<Void> task) throws Exception {
    task.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aClientIsToldThatItsServerWasKilledAndConnectsToTheNext() throws Exception {
    try (Side side = new Side(RigDevice.A);
        ChildJvm server = new ChildJvm(PassiveProgram.class);
        ChildJvm next = new ChildJvm(PassiveProgram.class)) { // they start at once
      transferUntilItIsKilled(side, server);
      transferUntilItIsKilled(side, next);
    }
  }

  private void transferUntilItIsKilled(Side side, ChildJvm server) throws Exception {
    int port = Integer.parseInt(server.awaitLine("port "));
    Endpoint client = new Endpoint(side, Endpoint.SMALL, 1);
    client.connector = side.adapter.createConnector();
    InetSocketAddress destination = new InetSocketAddress(RigDevice.B.address4(), port);
    Await.done(
        client.connector.connect(
            client.qp, side.anyPort(), destination, NdkConnectOptions.DEFAULT));
    ByteBuffer place = ByteBuffer.wrap(client.connector.getConnectionData().privateData());
    long address = place.getLong();
    int token = place.getInt();
    Await.done(client.connector.completeConnect(client::disconnected));
    Buffer source = side.buffer(PassiveProgram.SIZE);
    Buffer back = side.buffer(PassiveProgram.SIZE);
    FutureTask<Void> kill =
        start(
            () -> {
              pause(500);
              server.kill();
              return null;
            });

    List<Result> results = new ArrayList<>();
    int posted = 0;
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (client.disconnects() == 0) {
      assertTrue(System.nanoTime() < deadline, "no disconnect event");
      source.fill(posted);
      int before = posted;
      posted += post(client.qp.write(1, source.sgl(), 1, address, token, 0));
      posted += post(client.qp.read(2, back.sgl(), 1, address, token, 0));
      int all = posted;
      Await.until(
          "the results or the disconnect event",
          () -> {
            results.addAll(Result.takeAll(client.initiatorCq));
            return results.size() == all || client.disconnects() > 0;
          });
      boolean both = all == before + 2 && results.size() == all;
      if (both && results.getLast().status() == NdkStatus.SUCCESS) {
        assertTrue(back.hasSameBytesAs(source), "read back");
      }
    }
    join(kill);
    Await.done(client.connector.disconnect());
    results.addAll(Result.takeAll(client.initiatorCq));
    assertEquals(posted, results.size());
    assertEquals(1, client.disconnects());
    Set<NdkStatus> statuses = EnumSet.copyOf(Result.statuses(results));
    System.out.println("killed after " + posted + " requests: " + statuses);
    // The kernel may free the server's memory before its queue pair.
    statuses.removeAll(
        EnumSet.of(
            NdkStatus.SUCCESS,
            NdkStatus.CANCELLED,
            NdkStatus.IO_TIMEOUT,
            NdkStatus.REMOTE_RESOURCES));
    assertEquals(Set.of(), statuses);
  }

  /** Returns the number of requests that were accepted. */
  private static int post(NdkStatus status) {
    assertTrue(
        status == NdkStatus.SUCCESS || status == NdkStatus.CONNECTION_INVALID, status::toString);
    return status == NdkStatus.SUCCESS ? 1 : 0;
  }

  @Test
  void aPeerThatIsStoppedAndResumedLosesNothing() throws Exception {
    try (Side side = new Side(RigDevice.B)) {
      Acceptor acceptor = new Acceptor(side);
      try (Rping rping =
          Rping.client(
              acceptor.address(),
              "-V", // compares what comes back
              "-S",
              "" + PING_SIZE,
              "-C",
              "" + PINGS)) {
        Endpoint server = new Endpoint(side, Endpoint.SMALL, 1);
        RpingPeer peer = new RpingPeer(server);
        server.connector = acceptor.next();
        Await.done(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
        Buffer buffer = side.buffer(PING_SIZE);
        peer.echo(buffer);
        for (int i = 1; i < PINGS; i++) {
          if (i % (PINGS / STOPS) == 0) {
            rping.stop();
            FutureTask<Void> resume =
                start(
                    () -> {
                      pause(100);
                      rping.resume();
                      return null;
                    });
            peer.echo(buffer);
            join(resume);
          } else {
            peer.echo(buffer);
          }
        }
        server.awaitDisconnect();
        Await.done(server.connector.disconnect());
        assertEquals(0, rping.exitCode(), rping.output());
      }
    }
  }

  @Test
  void aProcessExitsInTimeWithEverythingOpen() throws Exception {
    FutureTask<Void> other =
        start(
            () -> {
              exitInTime("callback");
              return null;
            });
    exitInTime("main");
    other.get();
    try (Pair pair = new Pair()) {
      pair.assertStillConnected();
    }
  }

  private static void exitInTime(String thread) throws Exception {
    try (ChildJvm process = new ChildJvm(ExitingProgram.class, thread)) {
      process.awaitLine("exits");
      long start = System.nanoTime();
      assertEquals(ExitingProgram.CODE, process.exitCode(), process.output());
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("exits in " + took.toMillis() + " ms: " + thread);
      assertTrue(took.compareTo(EXIT_LIMIT) <= 0, took::toString);
    }
  }
}

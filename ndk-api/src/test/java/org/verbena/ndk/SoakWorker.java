package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** One connection after the other, with traffic in all directions, and an end of some kind. */
final class SoakWorker {
  private static final int SIZE = 16 << 10;
  private static final int MOST_ROUNDS = 30;

  /** Longer than a request takes to a peer that is gone. */
  private static final Duration STALLED = Duration.ofSeconds(20);

  /**
   * A disconnect that is not answered takes 20 s, a flush up to 5 more, and all the others wait.
   */
  private static final Duration CLOSES = Duration.ofSeconds(90);

  private final SoakDevices devices;
  private final SoakLedger ledger;
  private final SplittableRandom random;
  private long contexts;

  SoakWorker(SoakDevices devices, SoakLedger ledger, SplittableRandom random) {
    this.devices = devices;
    this.ledger = ledger;
    this.random = random;
  }

  void runUntil(BooleanSupplier end) throws Exception {
    while (!end.getAsBoolean()) {
      devices.use(this::round);
    }
  }

  /** A queue whose results are counted. */
  private final class Counted {
    final NdkCq cq;
    int awaited;
    NdkStatus worst = NdkStatus.SUCCESS;

    Counted(NdkCq cq) {
      this.cq = cq;
    }

    /** Posts; a connection that has ended takes no more requests. */
    boolean post(LongFunction<NdkStatus> request) {
      NdkStatus status = request.apply(++contexts);
      if (status == NdkStatus.SUCCESS) {
        ledger.posted();
        awaited++;
        return true;
      }
      if (status != NdkStatus.CONNECTION_INVALID && !isOfRemoval(status)) {
        ledger.wrong("a post returned " + status);
      }
      return false;
    }

    void poll() {
      for (Result result : Result.takeAll(cq)) {
        awaited--;
        ledger.ended(result.status());
        if (result.status() != NdkStatus.SUCCESS) {
          worst = result.status();
        }
        if (awaited < 0) {
          ledger.wrong("a result too many: " + result);
        }
      }
    }
  }

  /** One connection, from its objects to their close. */
  void round(Sides sides) throws Exception {
    try (NdkArena near = new NdkArena(sides.client.pd, Buffer.ALL_RIGHTS);
        NdkArena far = new NdkArena(sides.server.pd, Buffer.ALL_RIGHTS)) {
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
      Acceptor acceptor = new Acceptor(sides.server);
      List<NdkObject> objects = new ArrayList<>();
      objects.addAll(List.of(client.qp, client.receiveCq, client.initiatorCq));
      objects.addAll(List.of(server.qp, server.receiveCq, server.initiatorCq));
      objects.add(acceptor.listener);
      if (connect(client, server, acceptor, objects)) {
        ledger.connected();
        transfer(client, server, new Buffers(near, far));
      }
      Await.closed(objects, CLOSES);
    }
  }

  /** Returns whether it succeeded, which a broken wire may prevent. */
  private boolean connect(
      Endpoint client, Endpoint server, Acceptor acceptor, List<NdkObject> objects)
      throws Exception {
    client.connector = client.side.adapter.createConnector();
    objects.add(client.connector);
    Completion connect = new Completion();
    InetSocketAddress to;
    try {
      to = acceptor.address();
    } catch (IllegalStateException e) { // it listens no more
      return isPending(devices.areRemoved() ? NdkStatus.DEVICE_REMOVED : NdkStatus.INTERNAL_ERROR);
    }
    NdkStatus status =
        client.connector.connect(client.qp, client.side.anyPort(), to, 4, 4, null, connect);
    if (!isPending(status)) {
      return false;
    }
    Await.until("a request or the end", () -> acceptor.waiting() > 0 || connect.calls() > 0);
    server.connector = acceptor.poll();
    if (server.connector == null) {
      ledger.failedToConnect(connect.await(), connect.detail());
      return false;
    }
    objects.add(server.connector);
    Completion accept = new Completion();
    status = server.connector.accept(server.qp, 4, 4, null, server::disconnected, accept);
    if (!isPending(status)) {
      return false;
    }
    if (connect.await() != NdkStatus.SUCCESS) {
      ledger.failedToConnect(connect.await(), connect.detail());
      return false;
    }
    Completion.of(c -> client.connector.completeConnect(client::disconnected, c));
    if (accept.await() != NdkStatus.SUCCESS) {
      ledger.failedToConnect(accept.await(), accept.detail());
      return false;
    }
    return true;
  }

  private boolean isOfRemoval(NdkStatus status) {
    return status == NdkStatus.DEVICE_REMOVED && devices.areRemoved();
  }

  /** Whether a connect or accept has begun; else its device must have been removed. */
  private boolean isPending(NdkStatus status) {
    if (isOfRemoval(status)) {
      ledger.failedToConnect(status, "at once");
    } else if (status != NdkStatus.PENDING) {
      ledger.wrong("a connect or accept returned " + status);
    }
    return status == NdkStatus.PENDING;
  }

  private static final class Buffers {
    final Buffer source;
    final Buffer sink;
    final Buffer back;

    Buffers(NdkArena near, NdkArena far) {
      source = buffer(near);
      back = buffer(near);
      sink = buffer(far);
    }

    private static Buffer buffer(NdkArena arena) {
      MemorySegment memory = arena.allocate(SIZE, 64);
      return new Buffer(memory, arena.mr(memory));
    }
  }

  private void transfer(Endpoint client, Endpoint server, Buffers buffers) throws Exception {
    Counted requests = new Counted(client.initiatorCq);
    Counted receives = new Counted(server.receiveCq);
    int rounds = random.nextInt(MOST_ROUNDS);
    for (int i = 0; i < rounds && isAlive(client, requests, receives); i++) {
      buffers.source.fill(random.nextLong());
      if (random.nextBoolean()) {
        receives.post(c -> server.qp.receive(c, buffers.sink.sgl(), 1));
        requests.post(c -> client.qp.send(c, buffers.source.sgl(), 1, 0));
      } else {
        requests.post(c -> write(client, c, buffers));
      }
      await(client, requests, receives);
      boolean posted = requests.post(c -> read(client, c, buffers));
      await(client, requests, receives);
      if (posted
          && isAlive(client, requests, receives)
          && !buffers.back.hasSameBytesAs(buffers.source)) {
        ledger.wrong("data differs");
      }
    }
    end(client, server, buffers, requests, receives);
  }

  private static NdkStatus write(Endpoint client, long context, Buffers buffers) {
    return client.qp.write(
        context, buffers.source.sgl(), 1, buffers.sink.address(), buffers.sink.remoteToken(), 0);
  }

  private static NdkStatus read(Endpoint client, long context, Buffers buffers) {
    return client.qp.read(
        context,
        buffers.back.sgl(),
        1,
        buffers.sink.address(),
        buffers.sink.remoteToken(),
        NdkOpFlags.NDK_OP_FLAG_READ_FENCE);
  }

  private static boolean isAlive(Endpoint client, Counted requests, Counted receives) {
    return client.disconnects() == 0
        && requests.worst == NdkStatus.SUCCESS
        && receives.worst == NdkStatus.SUCCESS;
  }

  /**
   * Until all results are there, or the connection has failed. Soft-RoCE may also stall after
   * losses (see docs/reliability.md): then it ends as if it had failed.
   */
  private void await(Endpoint client, Counted requests, Counted receives) {
    long deadline = System.nanoTime() + STALLED.toNanos();
    Await.until(
        () -> "results: " + requests.awaited + " and " + receives.awaited,
        () -> {
          requests.poll();
          receives.poll();
          if (System.nanoTime() - deadline > 0) {
            requests.worst = NdkStatus.IO_TIMEOUT;
            ledger.stalled();
          }
          return !isAlive(client, requests, receives)
              || (requests.awaited == 0 && receives.awaited == 0);
        });
  }

  /** Ends the connection with or without a disconnect, half the time in the middle of transfers. */
  private void end(
      Endpoint client, Endpoint server, Buffers buffers, Counted requests, Counted receives)
      throws Exception {
    if (random.nextBoolean()) {
      for (int i = 0; i < 4; i++) {
        receives.post(c -> server.qp.receive(c, buffers.sink.sgl(), 1));
        requests.post(c -> write(client, c, buffers));
      }
    }
    switch (random.nextInt(4)) {
      case 0 -> Completion.of(client.connector::disconnect);
      case 1 -> Completion.of(server.connector::disconnect);
      default -> {} // the flush ends it
    }
    client.qp.flush();
    server.qp.flush();
    Await.until(
        () -> "the results after the end: " + requests.awaited + ", " + receives.awaited,
        () -> {
          requests.poll();
          receives.poll();
          return requests.awaited <= 0 && receives.awaited <= 0;
        });
  }

  /** Writes to another process, which is killed meanwhile. */
  void writeUntilItIsGone(Sides sides, int port, Runnable kill) throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 3);
    client.connector = sides.client.adapter.createConnector();
    try (NdkArena arena = new NdkArena(sides.client.pd, Buffer.ALL_RIGHTS)) {
      InetSocketAddress to = new InetSocketAddress(RigDevice.B.address4(), port);
      Completion connect = new Completion();
      NdkStatus status =
          client.connector.connect(client.qp, client.side.anyPort(), to, 4, 4, null, connect);
      if (!isPending(status)) {
        kill.run();
      } else if (connect.await() != NdkStatus.SUCCESS) {
        ledger.failedToConnect(connect.await(), connect.detail());
        kill.run();
      } else {
        ByteBuffer place = ByteBuffer.wrap(client.connector.getConnectionData().privateData());
        long address = place.getLong();
        int token = place.getInt();
        Completion.of(c -> client.connector.completeConnect(client::disconnected, c));
        ledger.connected();
        MemorySegment memory = arena.allocate(SIZE);
        Buffer source = new Buffer(memory, arena.mr(memory));
        Counted requests = new Counted(client.initiatorCq);
        Counted none = new Counted(client.receiveCq);
        int left = random.nextInt(200);
        while (isAlive(client, requests, none)) {
          requests.post(c -> client.qp.write(c, source.sgl(), 1, address, token, 0));
          await(client, requests, none);
          if (left-- == 0) {
            kill.run();
          }
        }
        client.qp.flush();
        Await.until(
            "the results",
            () -> {
              requests.poll();
              return requests.awaited <= 0;
            });
      }
      Await.closed(
          List.of(client.connector, client.qp, client.receiveCq, client.initiatorCq), CLOSES);
    }
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several threads make random calls on the same objects: nothing breaks. */
@Tag("device")
class MisuseStormTest {
  private static final int THREADS = 4;
  private static final int CALLS = 150;
  private static final Duration LENGTH = Duration.ofSeconds(6);
  private static final int MAX_ROUNDS = 1000;

  @Test
  void anythingGoes() throws Exception {
    long seed = System.nanoTime();
    Random seeds = new Random(seed);
    List<Completion> completions = Collections.synchronizedList(new ArrayList<>());
    try (Sides sides = new Sides()) {
      long end = System.nanoTime() + LENGTH.toNanos();
      for (int round = 0; round < MAX_ROUNDS && System.nanoTime() < end; round++) {
        new Round(sides, completions).run(seeds, "seed " + seed + ", round " + round);
      }
    }
    assertTrue(completions.size() > THREADS, () -> "only " + completions.size() + " requests");
    for (Completion completion : completions) {
      assertEquals(1, completion.calls(), "completions of one request");
    }
  }

  /** One connection and its objects, which do not survive the round. */
  private static final class Round {
    private final List<Completion> completions;
    private final Endpoint client;
    private final Endpoint server;
    private final Acceptor acceptor;
    private final Buffer local;
    private final Buffer remote;
    private final int remoteToken;
    private final NdkSgl localSgl;
    private final NdkSgl remoteSgl;
    private final MemorySegment spare;

    Round(Sides sides, List<Completion> completions) throws Exception {
      this.completions = completions;
      client = endpoint(sides.client, 1);
      server = endpoint(sides.server, 2);
      acceptor = new Acceptor(sides.server);
      Pair.connect(client, server, acceptor, 4);
      local = sides.client.buffer(4096);
      remote = sides.server.buffer(4096);
      localSgl = local.sgl();
      remoteSgl = remote.sgl();
      remoteToken = remote.remoteToken();
      spare = sides.client.memory(64);
    }

    private static Endpoint endpoint(Side side, long context) throws NdkException {
      NdkCq receiveCq = side.adapter.createCq(64, _ -> {});
      NdkCq initiatorCq = side.adapter.createCq(64, _ -> {});
      return new Endpoint(side, Endpoint.SMALL, context, receiveCq, initiatorCq);
    }

    void run(Random seeds, String name) throws Exception {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(seeds.nextLong());
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        start.await();
                        for (int call = 0; call < CALLS; call++) {
                          callAnything(random);
                        }
                      } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        assertTrue(thread.join(Await.DEADLINE), () -> "a call hangs; " + name);
      }
      if (failure.get() != null) {
        throw new AssertionError(name, failure.get());
      }
      closeAll();
    }

    private void callAnything(Random random) throws NdkException {
      Endpoint endpoint = random.nextBoolean() ? client : server;
      boolean ofClient = endpoint == client;
      NdkSgl sgl = ofClient ? localSgl : remoteSgl;
      int flags = random.nextInt(8) == 0 ? random.nextInt(0x800) : flags(random);
      try {
        switch (random.nextInt(100)) {
          case 0 -> endpoint.qp.flush();
          case 1 -> close(endpoint.qp);
          case 2 -> close(endpoint.connector);
          case 3 -> close(random.nextBoolean() ? endpoint.receiveCq : endpoint.initiatorCq);
          case 4 -> close(ofClient ? local.mr() : remote.mr());
          case 5 -> request(endpoint.connector::disconnect);
          case 6 -> request(local.mr()::deregisterMr);
          case 7 -> request(c -> local.mr().registerMr(spare, random.nextInt(16), c));
          case 8 -> request(c -> endpoint.connector.completeConnect(null, c));
          case 9 -> request(c -> endpoint.connector.accept(endpoint.qp, 1, 1, null, null, c));
          case 10 -> endpoint.connector.reject(null);
          case 11 -> endpoint.connector.getLocalAddress();
          case 12 -> endpoint.connector.getConnectionData();
          case 13 -> newConnection(endpoint);
          case 14 -> acceptor.listener.close();
          case 15 -> local.localToken();
          case 16 -> endpoint.qp.firstFailure();
          case 17, 18, 19 -> endpoint.receiveCq.armCq(random.nextInt(3));
          case 20, 21, 22 -> endpoint.initiatorCq.armCq(random.nextInt(3));
          default -> transfer(random, endpoint, sgl, flags);
        }
      } catch (NdkException | IllegalStateException e) {
        // The object may be closed or in another state.
      }
    }

    private static int flags(Random random) {
      return random.nextInt(4) | (random.nextInt(4) == 0 ? NdkOpFlags.NDK_OP_FLAG_DEFER : 0);
    }

    private void transfer(Random random, Endpoint endpoint, NdkSgl sgl, int flags) {
      long address = remote.address();
      switch (random.nextInt(6)) {
        case 0 -> endpoint.qp.send(1, sgl, random.nextInt(2), flags);
        case 1 -> endpoint.qp.write(2, sgl, 1, address, remoteToken, flags);
        case 2 -> endpoint.qp.read(3, sgl, 1, address, remoteToken, flags);
        case 3 -> endpoint.qp.receive(4, sgl, random.nextInt(2));
        case 4 -> endpoint.receiveCq.getCqResults(new NdkResults(4));
        default -> endpoint.initiatorCq.getCqResultsEx(new NdkResultsEx(4));
      }
    }

    private void newConnection(Endpoint endpoint) throws NdkException {
      NdkConnector connector = endpoint.side.adapter.createConnector();
      request(
          c ->
              connector.connect(
                  endpoint.qp, endpoint.side.anyPort(), acceptor.address(), 1, 1, null, c));
      connector.close();
    }

    private void request(Function<NdkRequestCompletion, NdkStatus> request) {
      Completion completion = new Completion();
      if (request.apply(completion) == NdkStatus.PENDING) {
        completions.add(completion);
      }
    }

    private void close(NdkObject object) {
      Completion completion = new Completion();
      if (object.close(() -> completion.completed(NdkStatus.SUCCESS, null)) == NdkStatus.PENDING) {
        completions.add(completion);
      }
    }

    private void closeAll() {
      for (Endpoint endpoint : new Endpoint[] {client, server}) {
        close(endpoint.connector);
        close(endpoint.qp);
        close(endpoint.receiveCq);
        close(endpoint.initiatorCq);
      }
      close(local.mr());
      close(remote.mr());
      acceptor.listener.close();
    }
  }
}

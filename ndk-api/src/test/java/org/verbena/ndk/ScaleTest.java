package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many connections between two adapters: each costs as much as one of a few. */
@Tag("device")
@Tag("long")
@Timeout(900)
class ScaleTest {
  /** Up to 1000. */
  private static final int MOST = Integer.getInteger("verbena.connections", 128);

  private static final int ROUNDS = 20;

  /** How much more one may cost among many than among 16; an emulated machine is noisy. */
  private static final double NOISE = 3;

  private static final int MORE_KIB = 64;

  /** What one connection costs, of so many. */
  private record Cost(
      int connections, double connectMicros, double kib, double requestMicros, double eventMicros) {
    @Override
    public String toString() {
      return "%4d connections: connect %.0f us, %.1f KiB, request %.1f us, event %.1f us each"
          .formatted(connections, connectMicros, kib, requestMicros, eventMicros);
    }
  }

  @Test
  void aConnectionCostsTheSameAmongMany() throws Exception {
    measure(MOST); // loads the classes; malloc keeps some of the memory, and uses it again
    ResourceUsage before = ResourceUsage.now();
    List<Cost> costs = new ArrayList<>();
    for (int count : Stream.of(1, 16, 128, 256, 1000).filter(n -> n <= MOST).toList()) {
      costs.add(measure(count));
      System.out.println(costs.getLast());
    }
    before.awaitAgain("after " + MOST + " connections");
    Cost few = costs.get(1);
    Cost many = costs.getLast();
    assertTrue(many.kib < few.kib + MORE_KIB, costs::toString);
    assertTrue(many.connectMicros < few.connectMicros * NOISE, costs::toString);
    assertTrue(many.requestMicros < few.requestMicros * NOISE, costs::toString);
    assertTrue(many.eventMicros < few.eventMicros * NOISE, costs::toString);
  }

  private static Cost measure(int count) throws Exception {
    try (Sides sides = new Sides()) {
      new Connections(sides, 1);
      ResourceUsage before = ResourceUsage.now();
      long start = System.nanoTime();
      Connections connections = new Connections(sides, count);
      double connect = micros(start, count);
      ResourceUsage after = ResourceUsage.now();
      assertTrue(after.threads() <= before.threads(), after::toString);
      double kib = 1024.0 * (after.memoryMib() - before.memoryMib()) / count;
      connections.sendToAll();
      start = System.nanoTime();
      for (int round = 0; round < ROUNDS; round++) {
        connections.sendToAll();
      }
      double request = micros(start, ROUNDS * count);
      connections.notifyAllOf(1);
      start = System.nanoTime();
      connections.notifyAllOf(ROUNDS);
      return new Cost(count, connect, kib, request, micros(start, ROUNDS * count));
    }
  }

  private static double micros(long start, int count) {
    return (System.nanoTime() - start) / 1e3 / count;
  }

  /** A queue that is busy all the time does not keep the others from their notifications. */
  @Test
  void aBusyQueueStarvesNoOther() throws Exception {
    try (Sides sides = new Sides()) {
      Connections connections = new Connections(sides, 32);
      AtomicInteger spins = new AtomicInteger();
      NdkCq[] busy = new NdkCq[1];
      busy[0] =
          sides.server.adapter.createCq(
              4,
              _ -> {
                spins.incrementAndGet();
                busy[0].armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
              });
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2, busy[0], sides.server.cq());
      Pair.connect(client, server);
      busy[0].armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
      AtomicBoolean ending = new AtomicBoolean();
      Thread traffic =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!ending.get()) {
                      Await.posted(() -> server.qp.receive(1, null, 0));
                      Await.posted(() -> client.qp.send(1, null, 0, 0));
                      Result.success(client.initiatorCq, 1);
                      Result.success(busy[0], 1);
                    }
                  });
      Await.until("the first", () -> spins.get() > 0);
      int before = spins.get();
      connections.notifyAllOf(10);
      Await.until("more of the busy one", () -> spins.get() > before);
      ending.set(true);
      traffic.join();
    }
  }

  /** Connections, each with completion queues of its own, whose receives are notified. */
  private static final class Connections {
    private final List<Endpoint> clients = new ArrayList<>();
    private final List<Endpoint> servers = new ArrayList<>();
    private final AtomicIntegerArray events;

    Connections(Sides sides, int count) throws Exception {
      events = new AtomicIntegerArray(count);
      Acceptor acceptor = new Acceptor(sides.server);
      for (int i = 0; i < count; i++) {
        int number = i;
        NdkCq received = sides.server.adapter.createCq(16, _ -> events.incrementAndGet(number));
        Endpoint client =
            new Endpoint(
                sides.client,
                Endpoint.SMALL,
                i,
                sides.client.adapter.createCq(16, null),
                sides.client.adapter.createCq(16, null));
        Endpoint server =
            new Endpoint(
                sides.server, Endpoint.SMALL, i, received, sides.server.adapter.createCq(16, null));
        Pair.connect(client, server, acceptor, Handshake.READ_LIMIT);
        clients.add(client);
        servers.add(server);
      }
    }

    /** One message over each connection. */
    void sendToAll() {
      servers.forEach(s -> assertEquals(NdkStatus.SUCCESS, s.qp.receive(1, null, 0)));
      clients.forEach(c -> assertEquals(NdkStatus.SUCCESS, c.qp.send(2, null, 0, 0)));
      clients.forEach(c -> Result.success(c.initiatorCq, 2));
      servers.forEach(s -> Result.success(s.receiveCq, 1));
    }

    /** The same with a notification of each, so many times. */
    void notifyAllOf(int rounds) {
      for (int round = 0; round < rounds; round++) {
        int[] before = new int[events.length()];
        for (int i = 0; i < before.length; i++) {
          before[i] = events.get(i);
          servers.get(i).receiveCq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
        }
        sendToAll();
        Await.until(
            "a notification of each",
            () -> {
              int count = 0;
              while (count < before.length && events.get(count) > before[count]) {
                count++;
              }
              return count == before.length;
            });
      }
    }
  }
}

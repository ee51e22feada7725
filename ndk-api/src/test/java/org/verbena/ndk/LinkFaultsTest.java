package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A link or an address that goes away, and comes back. */
@Tag("device")
@Tag("wire")
@ExtendWith(NothingLeft.class)
class LinkFaultsTest {
  private static final NdkOpenOptions OPTIONS = new NdkOpenOptions(Duration.ofSeconds(2));

  /** Of a call whose time-out is that of the options: the flush may take 5 s more. */
  private static final Duration CALL_LIMIT = OPTIONS.connectionTimeout().plusSeconds(5);

  /** Of a request, which ends after 17 s with kernel 6.1. */
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);

  private enum Loss {
    PEERS_LINK(false, NdkStatus.IO_TIMEOUT),
    PEERS_ADDRESS(false, NdkStatus.IO_TIMEOUT),
    OWN_LINK(true, NdkStatus.INVALID_DEVICE_REQUEST),
    OWN_ADDRESS(true, NdkStatus.INVALID_DEVICE_REQUEST);

    /** Whether it is the client's: Soft-RoCE then fails the request at once. */
    final boolean own;

    /** The status of the first request. */
    final NdkStatus request;

    Loss(boolean own, NdkStatus request) {
      this.own = own;
      this.request = request;
    }

    void strike(Wire wire) throws IOException {
      switch (this) {
        case PEERS_LINK -> wire.takeDown(RigDevice.B);
        case PEERS_ADDRESS -> wire.removeAddress(RigDevice.B);
        case OWN_LINK -> wire.takeDown(RigDevice.A);
        case OWN_ADDRESS -> wire.removeAddress(RigDevice.A);
      }
    }
  }

  /**
   * Requests are executed once it is back, unless the device gives up before: rdma_cm of kernel
   * 6.12 has it retransmit for less than 4 s.
   */
  @Test
  void aLinkThatIsDownForThreeSecondsDelaysOrEndsRequests() throws Exception {
    try (Sides sides = new Sides(Route.ACROSS_IPV4, OPTIONS, OPTIONS);
        Wire wire = new Wire()) {
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
      Pair.connect(client, server);
      Traffic traffic = new Traffic(client, server);
      wire.takeDown(RigDevice.B);
      traffic.postWrites(1);
      Thread.sleep(Duration.ofSeconds(3));
      wire.mend();
      List<Result> results =
          within(REQUEST_LIMIT, () -> Result.take(client.initiatorCq, Traffic.PIECES));
      if (results.getFirst().status() == NdkStatus.SUCCESS) {
        assertEquals(statuses(NdkStatus.SUCCESS, NdkStatus.SUCCESS), Result.statuses(results));
        traffic.assertWritten();
      } else {
        NdkStatus first = results.getFirst().unlessHidden(NdkStatus.IO_TIMEOUT);
        assertEquals(statuses(first, NdkStatus.CANCELLED), Result.statuses(results));
      }
      within(CALL_LIMIT, () -> Completion.of(client.connector::disconnect));
      within(CALL_LIMIT, () -> Completion.of(server.connector::disconnect));
      assertConnectsAgain(sides, new Acceptor(sides.server));
    }
  }

  /** Those of all pieces: the first one's, and that of the rest. */
  private static List<NdkStatus> statuses(NdkStatus first, NdkStatus rest) {
    List<NdkStatus> statuses = new ArrayList<>(Collections.nCopies(Traffic.PIECES, rest));
    statuses.set(0, first);
    return statuses;
  }

  private static void assertConnectsAgain(Sides sides, Acceptor acceptor) throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 3);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 4);
    Pair.connect(client, server, acceptor, Handshake.READ_LIMIT);
    new Traffic(client, server).all(2);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsLostForGoodEndsEveryCallInTime(Loss loss) throws Exception {
    // Mended before anything is closed: after a disconnect without a route, connects failed for
    // minutes (kernel 6.1).
    try (Sides sides = new Sides(Route.ACROSS_IPV4, OPTIONS, OPTIONS);
        Wire wire = new Wire()) {
      Acceptor acceptor = new Acceptor(sides.server);
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
      Pair.connect(client, server, acceptor, Handshake.READ_LIMIT);
      assertEquals(NdkStatus.SUCCESS, server.qp.receive(1, null, 0));
      Traffic traffic = new Traffic(client, server);
      loss.strike(wire);

      traffic.postWrites(1);
      List<Result> results =
          within(REQUEST_LIMIT, () -> Result.take(client.initiatorCq, Traffic.PIECES));
      NdkConnector connector = sides.client.adapter.createConnector();
      NdkQp qp = sides.client.qp();
      NdkStatus connect =
          within(
              CALL_LIMIT,
              () ->
                  Completion.of(
                      done ->
                          connector.connect(
                              qp, sides.client.anyPort(), acceptor.address(), 1, 1, null, done)));
      if (loss.own) {
        wire.mend();
      }
      NdkStatus disconnect = within(CALL_LIMIT, () -> Completion.of(client.connector::disconnect));
      wire.mend();
      within(CALL_LIMIT, () -> Completion.of(server.connector::disconnect));

      Result first = results.getFirst();
      System.out.println(loss + ": " + first.status() + ", connect " + connect + ", " + disconnect);
      assertTrue(connect != NdkStatus.SUCCESS, "connected");
      assertEquals(
          statuses(first.unlessHidden(loss.request), NdkStatus.CANCELLED),
          Result.statuses(results),
          first::toString);
      assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());
      assertConnectsAgain(sides, acceptor);
    }
  }

  private static <T> T within(Duration limit, Supplier<T> call) {
    long start = System.nanoTime();
    T result = call.get();
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("  " + took.toMillis() + " ms");
    assertTrue(took.compareTo(limit) < 0, took::toString);
    return result;
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wire that loses, changes, doubles, reorders or delays packets: data arrives all the same. */
@Tag("device")
@Tag("wire")
@ExtendWith(NothingLeft.class)
class WireFaultsTest {
  private static final int MOST_ROUNDS = 50;

  /**
   * With retransmissions, of which the device counts one kind.
   *
   * @param counter rises with the fault, on the device that retransmits or on the other; rarely
   *     also without
   */
  @ParameterizedTest
  @CsvSource({
    "loss 1%, A, completer_retry_err",
    "loss 5%, A, completer_retry_err",
    "corrupt 2%, A, completer_retry_err",
    "delay 1ms reorder 95%, B, out_of_seq_request",
    "duplicate 10%, B, duplicate_request",
  })
  void everyByteArrives(String fault, RigDevice device, String counter) throws Exception {
    try (Sides sides = new Sides();
        Wire wire = new Wire()) {
      Connection connection = new Connection(sides);
      wire.disturb(fault);
      long count = Wire.count(device, counter);
      int round = 0;
      do {
        connection.traffic.all(round++);
        assertTrue(round < MOST_ROUNDS, "no packet has met the fault");
      } while (Wire.count(device, counter) == count);
      connection.disconnect();
      wire.mend();
      new Connection(sides).traffic.all(round);
    }
  }

  @Test
  void aDelayIsNoLoss() throws Exception {
    try (Sides sides = new Sides();
        Wire wire = new Wire()) {
      wire.disturb("delay 200ms");
      Connection connection = new Connection(sides);
      long start = System.nanoTime();
      connection.traffic.all(1);
      // Three round trips at least: a send, a write and a read.
      assertTrue(System.nanoTime() - start > 1_200_000_000L, "there is no delay");
      connection.disconnect();
    }
  }

  private static final class Connection {
    private static final Duration LIMIT = NdkOpenOptions.DEFAULT.connectionTimeout();

    final Endpoint client;
    final Endpoint server;
    final Traffic traffic;

    Connection(Sides sides) throws Exception {
      client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      server = new Endpoint(sides.server, Endpoint.SMALL, 2);
      Pair.connect(client, server);
      traffic = new Traffic(client, server);
    }

    void disconnect() {
      disconnect(client.connector);
      disconnect(server.connector);
    }

    /** The kernel repeats a lost message every few seconds: all may be lost until the limit. */
    private static void disconnect(NdkConnector connector) {
      long start = System.nanoTime();
      NdkStatus status = Completion.of(connector::disconnect);
      boolean inTime = System.nanoTime() - start < LIMIT.toNanos();
      assertEquals(inTime ? NdkStatus.SUCCESS : NdkStatus.IO_TIMEOUT, status);
    }
  }
}

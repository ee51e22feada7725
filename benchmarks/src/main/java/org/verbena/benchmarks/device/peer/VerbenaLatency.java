package org.verbena.benchmarks.device.peer;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkResults;

/**
 * The loops of ib_send_lat, ib_write_lat and ib_read_lat: one request in flight, each with a result
 * that is polled for; a message is detected by its completion, a write by its last byte.
 */
final class VerbenaLatency implements VerbenaWork {
  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

  private final Task task;
  private final boolean server;
  private final long lastByte;
  private final NdkResults result = new NdkResults(1);
  private byte number;

  @SuppressWarnings("NullAway.Init") // by use
  private VerbenaLink link;

  @SuppressWarnings("NullAway.Init") // by use
  private NdkQp qp;

  VerbenaLatency(Task task, boolean server) {
    this.task = task;
    this.server = server;
    lastByte = task.bytes() - 1L;
  }

  @Override
  public void use(VerbenaLink newLink) {
    link = newLink;
    qp = link.qps[0];
  }

  @Override
  public Figures run() throws Exception {
    return switch (task.operation()) {
      case "send" -> Costs.ofLatency(task, server, 2, this::sendLoop);
      case "write" -> Costs.ofLatency(task, server, 2, this::writeLoop);
      case "read" -> Costs.ofLatency(task, server, 1, this::readLoop);
      default -> throw new IllegalArgumentException(task.toString());
    };
  }

  private void sendLoop(PerftestLatencies latencies, int count) {
    for (int i = 0; i < count; i++) {
      if (server) {
        receive();
      }
      latencies.start();
      send();
      if (!server) {
        receive();
      }
    }
  }

  private void send() {
    Requests.posted(qp.send(0, link.outgoing[0], 1, 0));
    pollOne(link.sent);
  }

  private void receive() {
    pollOne(link.received);
    Requests.posted(qp.receive(0, link.incoming, 1));
  }

  private void writeLoop(PerftestLatencies latencies, int count) {
    for (int i = 0; i < count; i++) {
      number++;
      if (server) {
        awaitWritten();
      }
      latencies.start();
      write();
      if (!server) {
        awaitWritten();
      }
    }
  }

  private void write() {
    BYTE.set(link.out, lastByte, number);
    Requests.posted(
        qp.write(0, link.outgoing[0], 1, link.remoteAddresses[0], link.remoteTokens[0], 0));
    pollOne(link.sent);
  }

  private void awaitWritten() {
    while ((byte) BYTE.getVolatile(link.in, lastByte) != number) {
      // The device writes it.
    }
  }

  private void readLoop(PerftestLatencies latencies, int count) {
    if (server) {
      return;
    }
    for (int i = 0; i < count; i++) {
      latencies.start();
      Requests.posted(
          qp.read(0, link.outgoing[0], 1, link.remoteAddresses[0], link.remoteTokens[0], 0));
      pollOne(link.sent);
    }
  }

  /** Spins until there is a result. */
  private void pollOne(NdkCq cq) {
    while (cq.getCqResults(result) == 0) {
      // No pause: perftest has none.
    }
    Requests.succeeded(result.status(0));
  }
}

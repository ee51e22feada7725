package org.verbena.demo;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.SplittableRandom;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkConnectOptions;
import org.verbena.ndk.NdkConnectionData;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStages;

/** The active end: writes a buffer to the listener, reads it back, and plays ping-pong. */
final class DemoClient {
  private static final int WARM_UP_ROUNDS = 1000;

  private final Options options;
  private final InetSocketAddress peer;
  private final Console console;

  DemoClient(Options options, Console console) {
    this.options = options;
    peer = Objects.requireNonNull(options.peer(), "peer");
    this.console = console;
  }

  void run() throws NdkException, DemoException, InterruptedException {
    // Closed in reverse order: memory is freed after it is deregistered.
    try (Arena arena = Arena.ofShared();
        NdkAdapter adapter = Adapters.open(options.local().getAddress())) {
      AdapterReport.print(console, adapter);
      Connection connection = new Connection(adapter, arena);
      MemorySegment source = arena.allocate(options.bytes(), 4096);
      MemorySegment sink = arena.allocate(options.bytes(), 4096);
      int sourceToken =
          connection.register(source, NDK_MR_FLAG_ALLOW_LOCAL_READ).getLocalTokenFromMr();
      int sinkToken =
          connection
              .register(sink, NDK_MR_FLAG_ALLOW_LOCAL_WRITE | NDK_MR_FLAG_RDMA_READ_SINK)
              .getLocalTokenFromMr();
      fill(source);
      int checksum = Checksum.of(source);
      console.line(
          "buffer of %s filled: %s"
              .formatted(Console.mib(options.bytes()), Checksum.text(checksum)));

      NdkAdapterInfo info = adapter.queryAdapterInfo();
      NdkConnector connector = adapter.createConnector();
      Offer offer = connect(connector, connection, info);

      new Transfer("RDMA WRITE", connection.qp()::write, source, sourceToken, offer)
          .run(connection.done, info, console);
      connection.send(options.bytes());
      compare("the listener's buffer", (int) connection.receive(), checksum);

      new Transfer("RDMA READ", connection.qp()::read, sink, sinkToken, offer)
          .run(connection.done, info, console);
      compare("the data read back", Checksum.of(sink), checksum);

      pingPong(connection);
      NdkStages.await(connector.disconnect());
      console.line("disconnected");
    }
    console.line("done");
  }

  private static void fill(MemorySegment buffer) {
    SplittableRandom random = new SplittableRandom(42);
    for (long at = 0; at < buffer.byteSize(); at += Long.BYTES) {
      buffer.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
  }

  private Offer connect(NdkConnector connector, Connection connection, NdkAdapterInfo info)
      throws NdkException, DemoException, InterruptedException {
    byte[] ask = new Ask(options.bytes(), WARM_UP_ROUNDS + options.rounds()).encode();
    try {
      // The listener issues no reads; this end has as many in flight as its device allows.
      NdkStages.await(
          connector.connect(
              connection.qp(),
              options.local(),
              peer,
              NdkConnectOptions.DEFAULT
                  .withReadLimits(0, info.maxOutboundReadLimit())
                  .withPrivateData(ask)));
    } catch (NdkException e) {
      throw new DemoException(explain(e, connector), e);
    }
    // The listener has accepted; completing the connect establishes the connection.
    NdkConnectionData answer = connector.getConnectionData();
    Offer offer;
    try {
      offer = Offer.decode(answer.privateData());
    } catch (DemoException e) {
      connector.reject(null);
      throw e;
    }
    NdkStages.await(connector.completeConnect(connection::onDisconnect));
    console.line(
        "connected: %s to %s"
            .formatted(
                Console.address(connector.getLocalAddress()),
                Console.address(connector.getPeerAddress())));
    console.line(
        "private data: buffer at 0x%x, token 0x%x".formatted(offer.address(), offer.token()));
    console.readLimits(answer);
    return offer;
  }

  private String explain(NdkException failure, NdkConnector connector) throws NdkException {
    String listener = Console.address(peer);
    return switch (failure.status()) {
      case CONNECTION_REFUSED -> {
        // A listener that rejects sends a reason; without a listener there is none.
        byte[] reason = connector.getConnectionData().privateData();
        String text = new String(reason, StandardCharsets.UTF_8).replace("\0", "");
        yield text.isEmpty()
            ? "no listener on " + listener
            : "rejected by the listener on " + listener + ": " + text;
      }
      case IO_TIMEOUT -> listener + " did not answer";
      case HOST_UNREACHABLE, NETWORK_UNREACHABLE ->
          "%s cannot be reached from %s"
              .formatted(listener, options.local().getAddress().getHostAddress());
      default -> failure.detail() + ": " + failure.status();
    };
  }

  private void compare(String what, int actual, int expected) throws DemoException {
    if (actual != expected) {
      throw new DemoException(
          "%s differs from the client's: %s, not %s"
              .formatted(what, Checksum.text(actual), Checksum.text(expected)));
    }
    console.line("%s matches the client's: %s".formatted(what, Checksum.text(actual)));
  }

  private void pingPong(Connection connection) throws DemoException {
    Latency latency = new Latency(options.rounds());
    for (int round = -WARM_UP_ROUNDS; round < options.rounds(); round++) {
      long start = System.nanoTime();
      connection.sendFast(round);
      long answer = connection.receiveFast();
      long end = System.nanoTime();
      if (answer != round) {
        throw new DemoException("ping %d was answered with %d".formatted(round, answer));
      }
      if (round >= 0) {
        latency.add(end - start);
      }
    }
    console.line(
        "ping-pong of %d bytes, %d rounds, half a round trip: p50 %s, p99 %s"
            .formatted(
                Connection.MESSAGE_BYTES,
                options.rounds(),
                Console.micros(latency.percentile(50)),
                Console.micros(latency.percentile(99))));
  }
}

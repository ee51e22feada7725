package org.verbena.demo;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkConnectOptions;
import org.verbena.ndk.NdkConnectionData;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkStages;
import org.verbena.ndk.NdkStatus;

/** The passive end: lends one client a buffer, sends its checksum, answers its pings. */
final class DemoListener {
  private final Options options;
  private final Console console;
  private final BlockingQueue<NdkConnector> requests = new LinkedBlockingQueue<>();

  DemoListener(Options options, Console console) {
    this.options = options;
    this.console = console;
  }

  void run() throws NdkException, DemoException, InterruptedException {
    // Closed in reverse order: memory is freed after it is deregistered.
    try (Arena arena = Arena.ofShared();
        NdkAdapter adapter = Adapters.open(options.local().getAddress())) {
      AdapterReport.print(console, adapter);
      Connection connection = new Connection(adapter, arena);
      NdkConnector connector;
      Ask ask;
      // The callback must not block, so it only queues the request.
      try (NdkListener listener = adapter.createListener(requests::add)) {
        listen(listener);
        do {
          connector = requests.take();
          ask = consider(connector);
        } while (ask == null);
      }
      MemorySegment buffer = arena.allocate(ask.bytes(), 4096);
      accept(connector, connection, buffer);
      serve(connection, buffer, ask.rounds());
      connection.awaitDisconnect();
      console.line("the client has disconnected");
    }
    console.line("done");
  }

  private void listen(NdkListener listener)
      throws NdkException, DemoException, InterruptedException {
    try {
      NdkStages.await(listener.listen(options.local()));
    } catch (NdkException e) {
      if (e.status() == NdkStatus.SHARING_VIOLATION) {
        throw new DemoException(
            Console.address(options.local()) + " is in use; choose another port", e);
      }
      throw e;
    }
    console.line("listening on " + Console.address(listener.getLocalAddress()));
  }

  /** Checks a connect request; an invalid one is rejected with the reason, and returns null. */
  private @Nullable Ask consider(NdkConnector connector) {
    try {
      NdkConnectionData request = connector.getConnectionData();
      console.line("connect request from " + Console.address(connector.getPeerAddress()));
      Ask ask = Ask.decode(request.privateData());
      console.line(
          "private data: request for %s and %d rounds"
              .formatted(Console.mib(ask.bytes()), ask.rounds()));
      return ask;
    } catch (DemoException e) {
      String reason = String.valueOf(e.getMessage());
      console.line("rejected: " + reason);
      connector.reject(reason.getBytes(StandardCharsets.UTF_8));
    } catch (NdkException e) {
      console.line("the request has been withdrawn: " + e.getMessage()); // the client has given up
    }
    connector.close();
    return null;
  }

  private void accept(NdkConnector connector, Connection connection, MemorySegment buffer)
      throws NdkException, DemoException, InterruptedException {
    int token =
        connection
            .register(buffer, NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE)
            .getRemoteTokenFromMr();
    // Until the accept these are the client's limits, capped by this adapter's.
    NdkConnectionData limits = connector.getConnectionData();
    NdkConnectOptions accept =
        NdkConnectOptions.DEFAULT
            .withReadLimits(limits.inboundReadLimit(), limits.outboundReadLimit())
            .withPrivateData(new Offer(buffer.address(), token).encode());
    NdkStages.await(connector.accept(connection.qp(), accept, connection::onDisconnect));
    console.line("connected");
    console.readLimits(limits);
  }

  private void serve(Connection connection, MemorySegment buffer, int rounds)
      throws DemoException, InterruptedException {
    // RDMA WRITE raises no event at this end; a message signals that it is done.
    long written = connection.receive();
    if (written != buffer.byteSize()) {
      throw new DemoException("the client wrote %d bytes".formatted(written));
    }
    int checksum = Checksum.of(buffer);
    console.line(
        "the client wrote %s: %s".formatted(Console.mib(written), Checksum.text(checksum)));
    connection.send(checksum);

    // Nor does RDMA READ; the first ping follows it.
    if (rounds > 0) {
      connection.sendFast(connection.receive());
    }
    for (int round = 1; round < rounds; round++) {
      connection.sendFast(connection.receiveFast());
    }
    console.line("%d pings answered".formatted(rounds));
  }
}

package org.verbena.benchmarks.device.peer;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.benchmarks.device.Task;

/**
 * Plain NIO sockets over the same wire, with direct buffers: blocking, or spinning on a
 * non-blocking channel.
 */
final class SocketPeer implements Peer {
  private final boolean spinning;

  SocketPeer(boolean spinning) {
    this.spinning = spinning;
  }

  @Override
  public Side listen(Task task) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(task.param("server"), 0));
    return new SocketSide(task, listener, null);
  }

  @Override
  public Side connect(Task task) throws IOException {
    SocketChannel channel = SocketChannel.open();
    // The source address makes the route go over the wire.
    channel.bind(new InetSocketAddress(task.param("client"), 0));
    channel.connect(new InetSocketAddress(task.param("server"), task.number("port", 0)));
    return new SocketSide(task, null, channel);
  }

  @Override
  public void close() {
    // Nothing is left between tasks.
  }

  private final class SocketSide implements Side {
    private final Task task;
    private final @Nullable ServerSocketChannel listener; // the server's
    private final ByteBuffer out;
    private final ByteBuffer in;
    private @Nullable SocketChannel channel; // the server's once it has accepted

    SocketSide(Task task, @Nullable ServerSocketChannel listener, @Nullable SocketChannel channel) {
      this.task = task;
      this.listener = listener;
      this.channel = channel;
      out = ByteBuffer.allocateDirect(task.bytes());
      in = ByteBuffer.allocateDirect(task.bytes());
    }

    @Override
    public int port() {
      return Objects.requireNonNull(listener).socket().getLocalPort();
    }

    @Override
    public Figures run() throws Exception {
      boolean server = listener != null;
      if (listener != null) {
        channel = listener.accept();
      }
      SocketChannel connected = Objects.requireNonNull(channel);
      connected.setOption(StandardSocketOptions.TCP_NODELAY, true);
      connected.configureBlocking(!spinning);
      return task.kind().equals("latency")
          ? Costs.ofLatency(
              task, server, 2, (latencies, count) -> pingPong(connected, latencies, count, server))
          : bandwidth(connected, server);
    }

    private void pingPong(
        SocketChannel connected, PerftestLatencies latencies, int count, boolean server)
        throws IOException {
      for (int i = 0; i < count; i++) {
        if (server) {
          read(connected, in);
        }
        latencies.start();
        write(connected, out);
        if (!server) {
          read(connected, in);
        }
      }
    }

    private Figures bandwidth(SocketChannel connected, boolean server)
        throws IOException, InterruptedException {
      stream(connected, task.number("warmup", 0), server);
      Costs costs = Costs.begin();
      long start = System.nanoTime();
      stream(connected, task.iterations(), server);
      double seconds = (System.nanoTime() - start) / 1e9;
      costs.end();
      double bytes = (double) task.iterations() * task.bytes();
      return server
          ? Figures.NONE
          : costs.addTo(
              new Figures().with("score", bytes / (1 << 20) / seconds), task.iterations());
    }

    /** Streams messages in one direction; a byte comes back once all have arrived. */
    private void stream(SocketChannel connected, int count, boolean server) throws IOException {
      for (int i = 0; i < count; i++) {
        if (server) {
          read(connected, in);
        } else {
          write(connected, out);
        }
      }
      if (server) {
        write(connected, out.slice(0, 1));
      } else {
        read(connected, in.slice(0, 1));
      }
    }

    private static void write(SocketChannel connected, ByteBuffer buffer) throws IOException {
      buffer.clear();
      while (buffer.hasRemaining()) {
        connected.write(buffer);
      }
    }

    private static void read(SocketChannel connected, ByteBuffer buffer) throws IOException {
      buffer.clear();
      while (buffer.hasRemaining()) {
        if (connected.read(buffer) < 0) {
          throw new EOFException("the other side closed the connection");
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
      if (listener != null) {
        listener.close();
      }
    }
  }
}

package org.verbena.benchmarks.device.peer;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
    private final ServerSocketChannel listener;
    private final ByteBuffer out;
    private final ByteBuffer in;
    private SocketChannel channel;

    SocketSide(Task task, ServerSocketChannel listener, SocketChannel channel) {
      this.task = task;
      this.listener = listener;
      this.channel = channel;
      out = ByteBuffer.allocateDirect(task.bytes());
      in = ByteBuffer.allocateDirect(task.bytes());
    }

    @Override
    public int port() {
      return listener.socket().getLocalPort();
    }

    @Override
    public Figures run() throws Exception {
      boolean server = listener != null;
      if (server) {
        channel = listener.accept();
      }
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(!spinning);
      return task.kind().equals("latency")
          ? Costs.ofLatency(
              task, server, 2, (latencies, count) -> pingPong(latencies, count, server))
          : bandwidth(server);
    }

    private void pingPong(PerftestLatencies latencies, int count, boolean server)
        throws IOException {
      for (int i = 0; i < count; i++) {
        if (server) {
          read(in);
        }
        latencies.start();
        write(out);
        if (!server) {
          read(in);
        }
      }
    }

    private Figures bandwidth(boolean server) throws IOException, InterruptedException {
      stream(task.number("warmup", 0), server);
      Costs costs = Costs.begin();
      long start = System.nanoTime();
      stream(task.iterations(), server);
      double seconds = (System.nanoTime() - start) / 1e9;
      costs.end();
      double bytes = (double) task.iterations() * task.bytes();
      return server
          ? Figures.NONE
          : costs.addTo(
              new Figures().with("score", bytes / (1 << 20) / seconds), task.iterations());
    }

    /** Streams messages in one direction; a byte comes back once all have arrived. */
    private void stream(int count, boolean server) throws IOException {
      for (int i = 0; i < count; i++) {
        if (server) {
          read(in);
        } else {
          write(out);
        }
      }
      if (server) {
        write(out.slice(0, 1));
      } else {
        read(in.slice(0, 1));
      }
    }

    private void write(ByteBuffer buffer) throws IOException {
      buffer.clear();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    private void read(ByteBuffer buffer) throws IOException {
      buffer.clear();
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new EOFException("the other side closed the connection");
        }
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (listener != null) {
        listener.close();
      }
    }
  }
}

package org.verbena.benchmarks.device.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openucx.jucx.UcxUtils;
import org.openucx.jucx.ucp.UcpContext;
import org.openucx.jucx.ucp.UcpEndpoint;
import org.openucx.jucx.ucp.UcpEndpointParams;
import org.openucx.jucx.ucp.UcpMemory;
import org.openucx.jucx.ucp.UcpParams;
import org.openucx.jucx.ucp.UcpRequest;
import org.openucx.jucx.ucp.UcpWorker;
import org.openucx.jucx.ucp.UcpWorkerParams;
import org.verbena.benchmarks.device.Task;

/** UCX through its own Java binding: tagged messages between registered direct buffers. */
final class UcxPeer implements Peer {
  private static final long TAG = 1;
  private static final long WHOLE_TAG = -1;

  @Override
  public Side listen(Task task) throws Exception {
    // The two sides exchange their addresses over a plain socket.
    return new UcxSide(task, new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
  }

  @Override
  public Side connect(Task task) throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), task.number("port", 0));
    UcxSide side = new UcxSide(task, null);
    side.connect(socket);
    return side;
  }

  @Override
  public void close() {
    // Nothing is left between tasks.
  }

  private static final class UcxSide implements Side {
    private final Task task;
    private final @Nullable ServerSocket listener; // the server's
    private final UcpContext context;
    private final UcpWorker worker;
    // Each keeps its buffer reachable.
    private final UcpMemory outMemory;
    private final UcpMemory inMemory;
    private final long out;
    private final long in;
    private @Nullable Socket socket;
    private @Nullable UcpEndpoint endpoint;

    UcxSide(Task task, @Nullable ServerSocket listener) {
      this.task = task;
      this.listener = listener;
      context =
          new UcpContext(
              new UcpParams()
                  .requestTagFeature()
                  .setConfig("TLS", "rc_v")
                  .setConfig("NET_DEVICES", task.param("device") + ":1"));
      worker = context.newWorker(new UcpWorkerParams());
      ByteBuffer outBuffer = ByteBuffer.allocateDirect(task.bytes());
      ByteBuffer inBuffer = ByteBuffer.allocateDirect(task.bytes());
      outMemory = context.registerMemory(outBuffer);
      inMemory = context.registerMemory(inBuffer);
      out = UcxUtils.getAddress(outBuffer);
      in = UcxUtils.getAddress(inBuffer);
    }

    @Override
    public int port() {
      return Objects.requireNonNull(listener).getLocalPort();
    }

    /** Exchanges worker addresses with the other side, and creates the endpoint. */
    void connect(Socket connected) throws IOException {
      socket = connected;
      ByteBuffer mine = worker.getAddress();
      byte[] bytes = new byte[mine.remaining()];
      mine.get(bytes);
      DataOutputStream to = new DataOutputStream(connected.getOutputStream());
      to.writeInt(bytes.length);
      to.write(bytes);
      DataInputStream from = new DataInputStream(connected.getInputStream());
      byte[] theirs = from.readNBytes(from.readInt());
      ByteBuffer address = ByteBuffer.allocateDirect(theirs.length).put(theirs).flip();
      endpoint = worker.newEndpoint(new UcpEndpointParams().setUcpAddress(address));
    }

    @Override
    public Figures run() throws Exception {
      boolean server = listener != null;
      if (listener != null) {
        connect(listener.accept());
      }
      UcpEndpoint peer = Objects.requireNonNull(endpoint);
      return Costs.ofLatency(
          task, server, 2, (latencies, count) -> pingPong(peer, latencies, count, server));
    }

    private void pingPong(UcpEndpoint peer, PerftestLatencies latencies, int count, boolean server)
        throws Exception {
      int bytes = task.bytes();
      for (int i = 0; i < count; i++) {
        UcpRequest receive = worker.recvTaggedNonBlocking(in, bytes, TAG, WHOLE_TAG, null);
        if (server) {
          finish(receive);
        }
        latencies.start();
        finish(peer.sendTaggedNonBlocking(out, bytes, TAG, null));
        if (!server) {
          finish(receive);
        }
      }
    }

    private void finish(UcpRequest request) throws Exception {
      while (!request.isCompleted()) {
        worker.progress();
      }
    }

    /**
     * Closes the worker, and with it the endpoint. Closing the endpoint itself would wait for the
     * other side, which may be gone.
     */
    @Override
    public void close() throws Exception {
      outMemory.deregister();
      inMemory.deregister();
      worker.close();
      context.close();
      if (socket != null) {
        socket.close();
      }
      if (listener != null) {
        listener.close();
      }
    }
  }
}

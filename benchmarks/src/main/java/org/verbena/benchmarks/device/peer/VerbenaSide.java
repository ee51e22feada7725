package org.verbena.benchmarks.device.peer;

import java.net.InetSocketAddress;
import org.verbena.benchmarks.device.Task;
import org.verbena.benchmarks.device.peer.VerbenaLink.Shape;
import org.verbena.ndk.NdkAdapter;

/** One side of one task. */
final class VerbenaSide implements Peer.Side {
  private static final int RECEIVES = 512; // as perftest

  private final Task task;
  private final boolean server;
  private final VerbenaLink link;
  private final int port;

  VerbenaSide(NdkAdapter adapter, Task task, boolean server) throws Exception {
    this.task = task;
    this.server = server;
    int depth = task.number("depth", 1);
    int receives = task.operation().equals("send") ? RECEIVES : 0;
    int inline = task.number("inline", 0);
    link = new VerbenaLink(adapter, new Shape(task.bytes(), 1, depth, receives, 0, inline), null);
    InetSocketAddress address = new InetSocketAddress(task.param("server"), task.number("port", 0));
    if (server) {
      port = link.listen(address);
    } else {
      port = address.getPort();
      link.connect(new InetSocketAddress(task.param("client"), 0), address);
    }
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Figures run() throws Exception {
    if (server) {
      link.accept();
    }
    return new VerbenaLatency(link, task, server).run();
  }

  @Override
  public void close() throws Exception {
    link.close();
  }
}

package org.verbena.benchmarks.device.peer;

import java.net.InetSocketAddress;
import org.verbena.benchmarks.device.Task;
import org.verbena.benchmarks.device.peer.VerbenaLink.Shape;
import org.verbena.ndk.NdkAdapter;

/** One side of one task. */
final class VerbenaSide implements Peer.Side {
  private final boolean server;
  private final VerbenaWork work;
  private final VerbenaLink link;
  private final int port;

  VerbenaSide(NdkAdapter adapter, Task task, boolean server) throws Exception {
    this.server = server;
    work = work(task, server);
    link = new VerbenaLink(adapter, shape(task), work);
    work.use(link);
    InetSocketAddress address = new InetSocketAddress(task.param("server"), task.number("port", 0));
    if (server) {
      port = link.listen(address);
    } else {
      port = address.getPort();
      link.connect(new InetSocketAddress(task.param("client"), 0), address);
    }
  }

  private static VerbenaWork work(Task task, boolean server) {
    if (!task.kind().equals("latency")) {
      return new VerbenaBandwidth(task, server);
    }
    return task.events() ? new VerbenaEvents(task, server) : new VerbenaLatency(task, server);
  }

  private static Shape shape(Task task) {
    boolean shared = task.benchmark().equals("scaling.srq");
    return new Shape(
        task.bytes(),
        task.number("connections", 1),
        task.number("depth", 1),
        task.messages() && !shared ? task.receives() : 0,
        shared ? task.receives() : 0);
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
    return work.run();
  }

  @Override
  public void close() throws Exception {
    link.close();
  }
}

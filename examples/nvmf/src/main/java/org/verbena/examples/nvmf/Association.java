package org.verbena.examples.nvmf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One association with a controller: its admin queue, and a connection for each I/O queue. */
final class Association {
  private static final int MIN_ENTRIES = 2;

  private final NvmfHost host;
  private final InetSocketAddress target;
  private final ConnectOptions options;
  private final Runnable onLoss;
  private final AdminQueue admin;
  private final ControllerInfo info;
  private final int entries;
  private final List<RdmaConnection> connections = new ArrayList<>();

  /** Connects the admin queue and enables the controller. */
  Association(
      NvmfHost host,
      InetSocketAddress target,
      String subsystem,
      ConnectOptions options,
      Runnable onLoss)
      throws IOException {
    this.host = host;
    this.target = target;
    this.options = options;
    this.onLoss = onLoss;
    admin = new AdminQueue(host, target, subsystem, onLoss);
    try {
      admin.connect(options.keepAlive());
      long capabilities = ControllerState.enable(admin);
      int most = ControllerState.maxEntries(capabilities);
      if (options.depth() > most) {
        throw new IOException(
            "the target's queues have %d entries, fewer than the depth of %d"
                .formatted(most, options.depth()));
      }
      // One entry more than the depth, as a full ring looks like an empty one. The deepest queue
      // has no entry to spare: RDMA has no ring, and Linux targets, which post a receive for each
      // entry, accept as many commands as entries.
      entries = Math.max(MIN_ENTRIES, Math.min(most, options.depth() + 1));
      info =
          ControllerInfo.of(
              admin.identify(AdminQueue.IDENTIFY_CONTROLLER, 0),
              ControllerState.minPageSize(capabilities));
    } catch (Throwable e) {
      admin.close();
      throw e;
    }
  }

  AdminQueue admin() {
    return admin;
  }

  ControllerInfo info() {
    return info;
  }

  /** Connects all I/O queues, then hands each its connection. */
  void connect(List<IoQueue> queues) throws IOException {
    try {
      for (IoQueue queue : queues) {
        int id = 1 + connections.size();
        connections.add(
            new RdmaConnection(host, target, id, options.depth(), entries, queue::wakeUp, onLoss));
        admin.connectQueue(connections.getLast(), id, entries);
      }
    } catch (Throwable e) {
      connections.forEach(RdmaConnection::close);
      connections.clear();
      throw e;
    }
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).recovery().offer(connections.get(i));
    }
  }

  boolean isLost() {
    return admin.isLost() || connections.stream().anyMatch(RdmaConnection::isLost);
  }

  /**
   * Disconnects the I/O queues: when this returns, the device no longer accesses memory for them.
   *
   * @return whether the target has confirmed the disconnect
   */
  boolean disconnectQueues() {
    // Concurrently, as each may take a while.
    List<CompletableFuture<Boolean>> ends =
        connections.stream().map(RdmaConnection::disconnect).toList();
    return ends.stream().map(CompletableFuture::join).reduce(true, Boolean::logicalAnd);
  }

  /**
   * Ends the association: when this returns, the device no longer accesses memory for it.
   *
   * @return whether the target has confirmed the disconnect
   */
  boolean disconnect() {
    CompletableFuture<Boolean> end = admin.disconnect();
    boolean known = Boolean.logicalAnd(disconnectQueues(), end.join());
    admin.close();
    return known;
  }
}

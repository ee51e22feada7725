package org.verbena.examples.nvmf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** One life of a controller: its admin queue, and a connection for each I/O queue. */
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
            "the target's queues hold %d commands, fewer than the depth of %d"
                .formatted(most, options.depth()));
      }
      // One entry more than commands, as a full queue looks like an empty one; where that is too
      // many Linux targets do without.
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

  /** Connects the I/O queues; they start to use the connections. */
  void connect(List<IoQueue> queues) throws IOException {
    for (int i = 0; i < queues.size(); i++) {
      IoQueue queue = queues.get(i);
      RdmaConnection connection =
          new RdmaConnection(host, target, i + 1, options.depth(), entries, queue::wakeUp, onLoss);
      connections.add(connection);
      try {
        admin.connectQueue(connection, i + 1, entries);
      } catch (Throwable e) {
        connections.removeLast().close();
        throw e;
      }
      queue.offer(connection);
    }
  }

  boolean isLost() {
    return admin.isLost() || connections.stream().anyMatch(RdmaConnection::isLost);
  }

  /** Ends the I/O queues at once: when this returns the device touches no memory for them. */
  void disconnectQueues() {
    connections.forEach(RdmaConnection::disconnect);
  }

  /** Ends all of it at once: when this returns the device touches no memory for it. */
  void disconnect() {
    disconnectQueues();
    admin.disconnect();
    admin.close();
  }
}

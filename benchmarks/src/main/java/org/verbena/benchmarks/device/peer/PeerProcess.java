package org.verbena.benchmarks.device.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.List;
import org.verbena.benchmarks.device.Task;

/**
 * A Java program's process, the server or the client: runs one task for each line on its standard
 * input, and reports progress on its standard output.
 *
 * <pre>
 *   server   in: task                  client   in: task with port
 *           out: ready PORT                    out: result NAME=VALUE...
 *           out: done                           in: done
 *           out: closed                        out: closed
 * </pre>
 */
public final class PeerProcess {
  /** The options of its JVM: a small heap, and no unnecessary threads. */
  public static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms64m",
          "-Xmx64m",
          "-XX:+UseSerialGC",
          "-Xlog:safepoint:file=" + safepointLog("%p"),
          "--enable-native-access=ALL-UNNAMED");

  /** The path of a process's safepoint log. */
  static String safepointLog(String process) {
    return System.getProperty("java.io.tmpdir") + "/verbena-safepoints-" + process + ".log";
  }

  private final Peer peer;
  private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in));

  private PeerProcess(Peer peer) {
    this.peer = peer;
  }

  /**
   * Runs tasks until the end of input.
   *
   * @param args the program's name, and "server" or "client"
   * @throws Exception if a task fails
   */
  public static void main(String[] args) throws Exception {
    try (Peer peer = peer(args[0])) {
      PeerProcess process = new PeerProcess(peer);
      boolean server = args[1].equals("server");
      for (String line = process.in.readLine(); line != null; line = process.in.readLine()) {
        Task task = Task.parse(line);
        if (server) {
          process.serve(task);
        } else {
          process.measure(task);
        }
        System.out.println("closed");
      }
    }
  }

  private static Peer peer(String program) {
    return switch (program) {
      case "verbena" -> new VerbenaPeer();
      case "sockets" -> new SocketPeer(false);
      case "sockets-spinning" -> new SocketPeer(true);
      case "ucx" -> new UcxPeer();
      default -> throw new IllegalArgumentException("unknown program: " + program);
    };
  }

  private void serve(Task task) throws Exception {
    try (Peer.Side side = peer.listen(task)) {
      System.out.println("ready " + side.port());
      side.run();
      System.out.println("done");
    }
  }

  private void measure(Task task) throws Exception {
    try (Peer.Side side = peer.connect(task)) {
      System.out.println("result " + side.run());
      // Waits until the server has finished its last operation.
      if (in.readLine() == null) {
        throw new IOException("the server failed");
      }
    }
  }
}

package org.verbena.benchmarks.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Binds programs to processors: servers to one and clients to another, so that where the scheduler
 * puts a program is no part of what is measured.
 */
final class Processors {
  private static final String SERVER = "0";
  private static final String CLIENT = "" + (Runtime.getRuntime().availableProcessors() - 1);

  private Processors() {}

  /** The command that runs a server's command on its processor. */
  static List<String> server(List<String> command) {
    return bound(SERVER, command);
  }

  /** The command that runs a client's command on its processor. */
  static List<String> client(List<String> command) {
    return bound(CLIENT, command);
  }

  private static List<String> bound(String processor, List<String> command) {
    List<String> words = new ArrayList<>(List.of("taskset", "-c", processor));
    words.addAll(command);
    return words;
  }

  /** Binds all threads of two processes that run, and all that they will start. */
  static void bind(Process server, Process client) throws IOException, InterruptedException {
    bind(server, SERVER);
    bind(client, CLIENT);
  }

  private static void bind(Process process, String processor)
      throws IOException, InterruptedException {
    Process taskset =
        new ProcessBuilder("taskset", "-a", "-c", "-p", processor, "" + process.pid())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (taskset.waitFor() != 0) {
      throw new IOException("a process could not be bound to processor " + processor);
    }
  }
}

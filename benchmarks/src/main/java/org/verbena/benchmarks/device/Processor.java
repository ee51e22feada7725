package org.verbena.benchmarks.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The processors to which programs are pinned, so that scheduling does not distort the figures. */
enum Processor {
  /** For all servers. */
  SERVER(0),

  /** For all clients. */
  CLIENT(Runtime.getRuntime().availableProcessors() - 1);

  private final String number;

  Processor(int number) {
    this.number = "" + number;
  }

  /** The command prefix that pins another command. */
  List<String> running(List<String> command) {
    List<String> words = new ArrayList<>(List.of("taskset", "-c", number));
    words.addAll(command);
    return words;
  }

  /** Pins all threads of a process, and those that they start later. */
  void bind(Process process) throws IOException, InterruptedException {
    Process taskset =
        new ProcessBuilder("taskset", "-a", "-c", "-p", number, "" + process.pid())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (taskset.waitFor() != 0) {
      throw new IOException("cannot pin a process to processor " + number);
    }
  }
}

package org.verbena.benchmarks.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** The C program device_loops.c, for what perftest does not measure. */
final class DeviceLoops implements Contender {
  private static final int PORT = 19_000;
  private static final int TIMEOUT_SECONDS = 120;

  private final String executable;
  private final Set<String> commands = new TreeSet<>();

  /**
   * Uses a compiled executable.
   *
   * @param executable its path
   */
  DeviceLoops(String executable) {
    this.executable = executable;
  }

  @Override
  public String name() {
    return "c";
  }

  @Override
  public boolean supports(Task task) {
    return task.kind().equals("registration") || task.kind().equals("connect");
  }

  /** The command lines that have run so far. */
  Set<String> commands() {
    return commands;
  }

  @Override
  public Map<String, Double> measure(Task task) throws IOException, InterruptedException {
    return task.kind().equals("connect") ? connect(task) : registration(task);
  }

  private Map<String, Double> registration(Task task) throws IOException, InterruptedException {
    Process process =
        start(
            Processor.CLIENT,
            "registration",
            Wire.A.device(),
            task.bytes(),
            task.warmUp(),
            task.iterations());
    return Map.of(SCORE, Double.valueOf(finish(process)));
  }

  private Map<String, Double> connect(Task task) throws IOException, InterruptedException {
    String server = Wire.server(task).address();
    Process accepting =
        start(Processor.SERVER, "accept", server, PORT, task.warmUp() + task.iterations());
    try {
      BufferedReader from = new BufferedReader(new InputStreamReader(accepting.getInputStream()));
      if (!"ready".equals(from.readLine())) {
        throw new IOException(executable + " did not start to listen");
      }
      Process connecting =
          start(
              Processor.CLIENT,
              "connect",
              Wire.A.address(),
              server,
              PORT,
              task.warmUp(),
              task.iterations());
      String[] words = finish(connecting).split(" ");
      finish(accepting);
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put(SCORE, Double.valueOf(words[0]));
      figures.put("connect", Double.valueOf(words[1]));
      return figures;
    } finally {
      accepting.destroyForcibly();
    }
  }

  private Process start(Processor processor, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(executable));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    commands.add(String.join(" ", command));
    return new ProcessBuilder(processor.running(command))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private String finish(Process process) throws IOException, InterruptedException {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(executable + " did not exit");
    }
    if (process.exitValue() != 0) {
      throw new IOException(executable + " failed");
    }
    return new String(process.getInputStream().readAllBytes()).strip();
  }

  @Override
  public void close() {
    // Nothing runs between measurements.
  }
}

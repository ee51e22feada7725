package org.verbena.benchmarks.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** perftest's C programs, such as ib_send_lat: a server and a client process per measurement. */
final class Perftest implements Contender {
  private static final int FIRST_PORT = 20_000;
  private static final int TIMEOUT_SECONDS = 120;

  /** Its times are infinite if its calibration of the processor's clock was disturbed. */
  private static final int ATTEMPTS = 5;

  private static final String LISTENING = "0A"; // in /proc/net/tcp

  private final Set<String> commands = new TreeSet<>();
  private int port = FIRST_PORT;

  @Override
  public String name() {
    return "c";
  }

  @Override
  public boolean supports(Task task) {
    // The latency of writes is polled in memory: there are no events.
    return switch (task.kind()) {
      case "latency" -> !task.events() || !task.operation().equals("write");
      case "bandwidth", "messageRate" -> true;
      // With an SRQ the completion queue it requests grows with the square of the connections.
      case "scaling" -> task.operation().equals("cq") || task.number("connections", 1) <= 64;
      default -> false;
    };
  }

  /** The command lines that have run so far, without port numbers and addresses. */
  Set<String> commands() {
    return commands;
  }

  @Override
  public Map<String, Double> measure(Task task) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Map<String, Double> figures = scored(task, measureOnce(task));
      if (figures.values().stream().allMatch(Double::isFinite)) {
        return figures;
      }
    }
    throw new IOException("perftest cannot measure the processor's clock: its times are infinite");
  }

  private Map<String, Double> measureOnce(Task task) throws IOException, InterruptedException {
    // A new port each time, as the last one may be in TIME_WAIT.
    port++;
    List<String> arguments = arguments(task);
    commands.add(String.join(" ", arguments));
    Process server = start(Processor.SERVER, arguments, Wire.server(task), List.of());
    try {
      awaitListening(server);
      // The address is for the out-of-band exchange; the GIDs select the path.
      Process client = start(Processor.CLIENT, arguments, Wire.A, List.of("127.0.0.1"));
      String output = finish(client);
      finish(server);
      return PerftestOutput.parse(output);
    } finally {
      server.destroyForcibly();
    }
  }

  private static Map<String, Double> scored(Task task, Map<String, Double> figures) {
    if (!task.kind().equals("latency")) {
      double rate = Objects.requireNonNull(figures.remove("messageRate"), "messageRate");
      double bandwidth = Objects.requireNonNull(figures.remove("bandwidth"), "bandwidth");
      figures.put(
          SCORE,
          switch (task.kind()) {
            case "messageRate" -> rate;
            case "scaling" -> 1e6 / rate;
            // Whichever is printed with more digits.
            default -> task.bytes() < 4096 ? rate * task.bytes() / (1 << 20) : bandwidth;
          });
    }
    return figures;
  }

  private static List<String> arguments(Task task) {
    String operation = task.operation();
    List<String> words = new ArrayList<>();
    boolean latency = task.kind().equals("latency");
    if (task.kind().equals("scaling")) {
      words.add("ib_send_bw");
      words.addAll(List.of("-q", task.param("connections")));
      words.addAll(List.of("-r", "" + task.receives()));
      if (operation.equals("srq")) {
        words.add("--use-srq");
      }
    } else {
      words.add("ib_" + operation + (latency ? "_lat" : "_bw"));
    }
    words.addAll(List.of("-F", "-s", task.param("bytes"), "-n", "" + task.iterations()));
    if (!words.getFirst().startsWith("ib_read")) {
      words.addAll(List.of("-I", "0")); // without inline data, like all programs
    }
    if (!latency) {
      // No peak bandwidth, which reads the clock for each request.
      words.addAll(List.of("-N", "-t", task.param("depth")));
    }
    if (task.number("chain", 1) > 1) {
      words.addAll(List.of("-l", task.param("chain")));
    }
    if (task.events()) {
      words.add("-e");
    }
    return words;
  }

  private Process start(Processor processor, List<String> arguments, Wire end, List<String> last)
      throws IOException {
    List<String> command = new ArrayList<>(arguments);
    command.addAll(List.of("-d", end.device(), "-p", "" + port));
    int gid = end.gidIndex();
    if (gid >= 0) {
      command.addAll(List.of("-x", "" + gid));
    }
    command.addAll(last);
    return new ProcessBuilder(processor.running(command)).redirectErrorStream(true).start();
  }

  private void awaitListening(Process server) throws IOException, InterruptedException {
    String local = String.format(Locale.ROOT, ":%04X", port);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!listening("/proc/net/tcp", local) && !listening("/proc/net/tcp6", local)) {
      if (!server.isAlive() || System.nanoTime() - deadline > 0) {
        throw new IOException("perftest's server did not start to listen: " + finish(server));
      }
      Thread.sleep(5);
    }
  }

  private static boolean listening(String file, String local) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .map(line -> line.strip().split(" +"))
        .anyMatch(words -> words[1].endsWith(local) && words[3].equals(LISTENING));
  }

  private static String finish(Process process) throws IOException, InterruptedException {
    // Its output fits into the pipe, so it exits without a reader.
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("perftest did not exit: " + process.info().commandLine().orElse(""));
    }
    String output = new String(process.getInputStream().readAllBytes());
    if (process.exitValue() != 0) {
      throw new IOException("perftest exited with " + process.exitValue() + ":\n" + output);
    }
    return output;
  }

  @Override
  public void close() {
    // Nothing runs between measurements.
  }
}

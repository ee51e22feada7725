package org.verbena.benchmarks.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.verbena.benchmarks.device.peer.PeerProcess;

/**
 * A Java program: a server and a client process that live as long as this object and, between
 * tasks, wait for a line on their standard input.
 */
final class JavaProgram implements Contender {
  private static final int TIMEOUT_SECONDS = 300;
  private static final int EXIT_TIMEOUT_SECONDS = 10;

  private final String name;
  private final Predicate<Task> supports;
  private final Child server;
  private final Child client;

  /**
   * Starts both processes.
   *
   * @param name its name in the results and for {@link PeerProcess}
   * @param supports which tasks it can run
   * @param environment additional variables for its processes
   */
  JavaProgram(String name, Predicate<Task> supports, Map<String, String> environment)
      throws IOException {
    this.name = name;
    this.supports = supports;
    server = new Child(name, "server", environment);
    client = new Child(name, "client", environment);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean supports(Task task) {
    return supports.test(task);
  }

  @Override
  public Map<String, Double> measure(Task task) throws IOException, InterruptedException {
    Wire serverEnd = Wire.server(task);
    Task located = task.with("server", serverEnd.address()).with("warmup", task.warmUp());
    server.send(located.with("device", serverEnd.device()).toString());
    String port = server.await("ready");
    client.send(
        located
            .with("device", Wire.A.device())
            .with("client", Wire.A.address())
            .with("port", port)
            .toString());
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String word : client.await("result").split(" ")) {
      int equals = word.indexOf('=');
      figures.put(word.substring(0, equals), Double.valueOf(word.substring(equals + 1)));
    }
    server.await("done");
    // The client may disconnect only now.
    client.send("done");
    client.await("closed");
    server.await("closed");
    return figures;
  }

  /**
   * Pins both to processors, like the other programs; after the warm-up, during which the compiler
   * is busiest.
   */
  void bind() throws IOException, InterruptedException {
    Processor.SERVER.bind(server.process);
    Processor.CLIENT.bind(client.process);
  }

  @Override
  public void close() {
    server.close();
    client.close();
  }

  private static final class Child {
    private final String title;
    private final Process process;
    private final PrintWriter to;
    private final BufferedReader from;

    Child(String program, String role, Map<String, String> environment) throws IOException {
      title = program + " " + role;
      List<String> command =
          new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
      command.addAll(PeerProcess.JVM_OPTIONS);
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              PeerProcess.class.getName(),
              program,
              role));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().putAll(environment);
      process = builder.start();
      to = new PrintWriter(process.getOutputStream(), true);
      from = new BufferedReader(new InputStreamReader(process.getInputStream()));
    }

    void send(String line) {
      to.println(line);
    }

    /** Waits for the line that starts with the word and returns the rest of it. */
    String await(String word) throws IOException, InterruptedException {
      try {
        String line =
            CompletableFuture.supplyAsync(this::read).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (line != null && line.startsWith(word)) {
          return line.substring(word.length()).strip();
        }
        throw new IOException(title + " printed '" + line + "', not '" + word + "'");
      } catch (TimeoutException | ExecutionException e) {
        throw new IOException(title + " did not print '" + word + "'", e);
      }
    }

    private @Nullable String read() {
      try {
        return from.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void close() {
      to.close(); // it exits at end of input
      try {
        if (!process.waitFor(EXIT_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException _) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}

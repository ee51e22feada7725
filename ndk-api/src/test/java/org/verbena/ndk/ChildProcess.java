package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process, and what it has printed. It is killed when this is closed. */
class ChildProcess implements AutoCloseable {
  private final Process process;
  private final Path output;

  ChildProcess(List<String> command) throws IOException {
    this(command, Map.of());
  }

  /** With this added to the environment. */
  ChildProcess(List<String> command, Map<String, String> environment) throws IOException {
    output = Files.createTempFile("verbena-child", ".log");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Stops it (SIGSTOP): what it has posted is still executed, but it posts nothing more. */
  void stop() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Resumes it (SIGCONT). */
  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start();
    assertTrue(kill.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, kill.exitValue());
  }

  /** Kills it (SIGKILL), so that it cannot disconnect. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
  }

  /** Waits for it to exit. */
  int exitCode() throws InterruptedException, IOException {
    return exitCode(Await.DEADLINE);
  }

  int exitCode(Duration limit) throws InterruptedException, IOException {
    assertTrue(
        process.waitFor(limit.toSeconds(), TimeUnit.SECONDS),
        "it does not exit; its output: " + output());
    return process.exitValue();
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.delete(output);
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** rdma-core's rping, as a child process. */
final class Rping implements AutoCloseable {
  private final Process process;
  private final Path output;

  Rping(String... arguments) throws IOException {
    // Unless on a terminal, its output is buffered, and lost if it is killed.
    List<String> command = new ArrayList<>(List.of("stdbuf", "-oL", "rping"));
    command.addAll(List.of(arguments));
    output = Files.createTempFile("rping", ".log");
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  /** A client of that listener, on device A. */
  static Rping client(InetSocketAddress server) throws IOException {
    return new Rping(
        "-c",
        "-a",
        server.getAddress().getHostAddress(),
        "-I",
        RigDevice.A.address4().getHostAddress(),
        "-p",
        "" + server.getPort());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Stops it (SIGSTOP): what it has posted is still executed, but it posts nothing more. */
  void stop() throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("sh", "-c", "kill -STOP " + process.pid()).start();
    assertTrue(kill.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, kill.exitValue());
  }

  /** Kills it, so that it cannot disconnect. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
  }

  /** Waits for it to exit. */
  int exitCode() throws InterruptedException, IOException {
    assertTrue(
        process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS),
        "rping does not exit; its output: " + output());
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

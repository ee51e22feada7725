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

/** rdma-core's rping, running beside the test. */
final class Rping implements AutoCloseable {
  private final Process process;
  private final Path output;

  Rping(String... arguments) throws IOException {
    // Its output is buffered unless it goes to a terminal, and lost if it is killed.
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

  /** Stops it: what it has posted is served, but it posts nothing more. */
  void stop() throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-STOP", "" + process.pid()).start();
    assertTrue(kill.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, kill.exitValue());
  }

  /** Ends it without giving it a chance to say good-bye. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException, IOException {
    assertTrue(
        process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS),
        "rping does not end; it said: " + output());
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

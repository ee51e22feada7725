package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A running program and its output. */
final class Program implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 240;
  private static final String END = "\0";

  private final CompletableFuture<Integer> code;
  private final Runnable kill;
  private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
  private final List<String> lines = new ArrayList<>();
  private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);

  private Program(BufferedReader reader, CompletableFuture<Integer> code, Runnable kill) {
    this.code = code;
    this.kill = kill;
    Thread.ofVirtual().start(() -> read(reader));
  }

  private void read(BufferedReader reader) {
    try (reader) {
      // The JVM's own message is not the program's.
      reader.lines().filter(line -> !line.startsWith("Picked up ")).forEach(unread::add);
    } catch (IOException | UncheckedIOException e) {
      unread.add(e.toString());
    }
    unread.add(END);
  }

  /**
   * Starts a Java process with this test's class path.
   *
   * @param folder the first entry of the class path
   */
  static Program process(Path folder, String mainClass, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:ErrorFile=" + Path.of("target", "hs_err_%p.log").toAbsolutePath());
    command.addAll(List.of("-cp", folder + ":" + System.getProperty("java.class.path"), mainClass));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new Program(
        process.inputReader(),
        process.onExit().thenApply(Process::exitValue),
        process::destroyForcibly);
  }

  /** Starts the demo in its own process. */
  static Program demoProcess(String... arguments) throws IOException {
    return process(Path.of("target", "classes"), Demo.class.getName(), arguments);
  }

  /** Starts the demo in a thread, which is much faster on an emulated machine. */
  static Program demo(String... arguments) throws IOException {
    PipedInputStream in = new PipedInputStream();
    PipedOutputStream out = new PipedOutputStream(in);
    CompletableFuture<Integer> code = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try (PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8)) {
                code.complete(Demo.run(print, print, arguments));
              } catch (Throwable e) {
                code.completeExceptionally(e);
              }
            },
            "demo " + String.join(" ", arguments));
    thread.start();
    InputStreamReader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
    return new Program(new BufferedReader(reader), code, thread::interrupt);
  }

  /** Reads up to a line that starts with this. */
  void awaitLine(String start) throws InterruptedException {
    for (String line = next(); line != END; line = next()) {
      if (line.startsWith(start)) {
        return;
      }
    }
    fail("no line '" + start + "...' in: " + lines);
  }

  /** Waits for its end and returns everything it has printed. */
  List<String> awaitEnd(int expectedCode) throws Exception {
    while (next() != END) {
      // next() records the lines.
    }
    int actual = code.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    assertTrue(
        actual == expectedCode,
        () -> "exit code " + actual + ", not " + expectedCode + ": " + lines);
    return lines;
  }

  private String next() throws InterruptedException {
    String line = unread.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    if (line == null) {
      fail("still running after " + TIMEOUT_SECONDS + " s: " + lines);
    }
    if (line != END) {
      lines.add(line);
    }
    return line;
  }

  void kill() {
    kill.run();
  }

  @Override
  public void close() {
    kill();
  }
}

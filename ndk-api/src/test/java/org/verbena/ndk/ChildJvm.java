package org.verbena.ndk;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A program of these tests in a JVM of its own, with this test's class path. */
final class ChildJvm extends ChildProcess {
  /** An emulated machine takes its time to load the library. */
  private static final Duration START = Duration.ofSeconds(100);

  private static final Duration POLL = Duration.ofMillis(5);

  /** Of a program that {@link #run} runs to its end. */
  private static final Duration RUN = Duration.ofMinutes(30);

  ChildJvm(Class<?> program, String... arguments) throws IOException {
    this(program, Map.of(), arguments);
  }

  private ChildJvm(Class<?> program, Map<String, String> environment, String... arguments)
      throws IOException {
    super(command(program, "", arguments), environment);
  }

  private ChildJvm(Class<?> program, Path classes, String... arguments) throws IOException {
    super(command(program, classes + ":", arguments), Map.of());
  }

  private static List<String> command(Class<?> program, String first, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:ErrorFile=" + Path.of("target", "hs_err_%p.log").toAbsolutePath());
    command.add("-cp");
    command.add(
        first
            + System.getProperty("java.class.path")
            + ":"
            + System.getProperty("jdk.module.path"));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Runs a program to its end, prints what it prints, and returns its exit code.
   *
   * @param environment is added to this process's
   */
  static int run(Class<?> program, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return run(new ChildJvm(program, environment, arguments));
  }

  /**
   * As above.
   *
   * @param classes a folder of classes that are used instead of others with their names
   */
  static int run(Class<?> program, Path classes, String... arguments)
      throws IOException, InterruptedException {
    return run(new ChildJvm(program, classes, arguments));
  }

  private static int run(ChildJvm started) throws IOException, InterruptedException {
    try (ChildJvm jvm = started) {
      int code = jvm.exitCode(RUN);
      System.out.print(jvm.output());
      return code;
    }
  }

  /** Waits until it has printed a line that starts with this, and returns the rest of the line. */
  String awaitLine(String start) throws IOException, InterruptedException {
    return awaitLine(start, START);
  }

  String awaitLine(String start, Duration limit) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean last = !isAlive() || System.nanoTime() > deadline;
      String output = output();
      Optional<String> line = output.lines().filter(l -> l.startsWith(start)).findFirst();
      if (line.isPresent()) {
        return line.get().substring(start.length());
      }
      if (last) {
        throw new AssertionError("no line '" + start + "' in: " + output);
      }
      Thread.sleep(POLL);
    }
  }
}

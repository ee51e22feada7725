package org.verbena.ndk;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/** A JVM of its own, with this test's class path. */
final class ChildJvm {
  private ChildJvm() {}

  /** Runs a main class, prints what it prints, and returns its exit code. */
  static int run(Class<?> main) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:ErrorFile=" + Path.of("target", "hs_err_%p.log").toAbsolutePath(),
            "-cp",
            System.getProperty("java.class.path") + ":" + System.getProperty("jdk.module.path"),
            main.getName());
    Process process = builder.redirectErrorStream(true).start();
    try (BufferedReader output = process.inputReader()) {
      output.lines().forEach(System.out::println);
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }
}

package org.verbena.binding;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What C headers say: {@code native-headers/abi_probe.c}, compiled and read. */
final class HeaderAbi {
  private static final Pattern LINE = Pattern.compile("\\.ascii \"abi (\\S+) (-?\\d+)\"");

  private final Path probe;

  /**
   * Finds the probe.
   *
   * @param project the folder of the project
   */
  HeaderAbi(Path project) {
    probe = project.resolve("native-headers/abi_probe.c");
  }

  /**
   * Compiles the probe.
   *
   * @param lines what it asks for
   * @param compiler gcc for any processor, and its options
   * @return the answers by name
   */
  Map<String, Long> read(List<String> lines, List<String> compiler)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("abi");
    Path list = Files.write(directory.resolve("abi_probe.inc"), lines);
    try {
      List<String> command = new ArrayList<>(compiler);
      // An inline function of libibverbs initializes the mutex, which is an opaque one here.
      command.add("-Wno-incompatible-pointer-types");
      command.addAll(List.of("-S", "-o", "-", "-I", "" + directory, "" + probe));
      String assembler = run(command);
      Map<String, Long> values = new TreeMap<>();
      for (Matcher line = LINE.matcher(assembler); line.find(); ) {
        values.put(line.group(1), Long.valueOf(line.group(2)));
      }
      return values;
    } finally {
      Files.delete(list);
      Files.delete(directory);
    }
  }

  static String run(List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException("this needs gcc; Debian: apt install gcc libc6-dev", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(
          "this needs rdma-core's headers (Debian: libibverbs-dev librdmacm-dev)\n" + output);
    }
    return output;
  }
}

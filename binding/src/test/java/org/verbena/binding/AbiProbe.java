package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What headers say: {@code native-headers/abi_probe.c} compiled with the list of what the generated
 * classes hold, and its assembler text read.
 *
 * @param directory for temporary files
 * @param compiler gcc, or a cross compiler
 * @param options where the headers are, if they are not the machine's own
 */
record AbiProbe(Path directory, String compiler, List<String> options) {
  private static final Path HEADERS = Path.of("..", "native-headers");

  /** The sizes, offsets and values for all names of the binding. */
  Map<String, Long> ask(GeneratedAbi generated) throws IOException, InterruptedException {
    Files.write(directory.resolve("abi_probe.inc"), generated.probe());
    Path text = directory.resolve("abi_probe.s");
    List<String> command = new ArrayList<>(List.of(compiler, "-S", "-o", "" + text));
    command.addAll(options);
    command.addAll(List.of("-I", "" + directory, "" + HEADERS.resolve("abi_probe.c")));
    run(command);
    Map<String, Long> values = new TreeMap<>();
    for (String line : Files.readAllLines(text)) {
      String[] words = line.split(" ");
      if (words[0].equals("ABI")) {
        values.put(words[1], Long.valueOf(words[2]));
      }
    }
    return values;
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Path output = directory.resolve("output.txt");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new IOException("this test needs " + compiler + " (Debian: gcc libc6-dev)", e);
    }
    int exit = process.waitFor();
    String said = Files.readString(output);
    assertEquals(
        0,
        exit,
        () ->
            "this test needs rdma-core's headers (Debian: libibverbs-dev librdmacm-dev)\n" + said);
  }
}

package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.verbena.examples.nvmf.KernelInitiator;
import org.verbena.examples.nvmf.KernelTarget;

/** The command-line tool. */
@Tag("device")
@Tag("long")
@Tag("peer")
@Timeout(300)
@ExtendWith(KernelTarget.class)
class NvmfPeerTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();

  private int nvmf(byte[] input, String command, String... options) throws Exception {
    out.reset();
    messages.reset();
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--local", KernelTarget.local().getHostAddress()));
    arguments.addAll(List.of("--target", KernelTarget.address().getAddress().getHostAddress()));
    arguments.addAll(List.of(options));
    return Nvmf.run(
        new ByteArrayInputStream(input),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(messages, true, StandardCharsets.UTF_8),
        arguments.toArray(String[]::new));
  }

  private void nvmf(String command, String... options) throws Exception {
    assertEquals(0, nvmf(new byte[0], command, options), messages::toString);
  }

  @Test
  void discoverListsSubsystems() throws Exception {
    nvmf("discover");
    assertTrue(
        out.toString()
            .contains(
                "rdma %s port 4420: %s\n"
                    .formatted(
                        KernelTarget.address().getAddress().getHostAddress(),
                        KernelTarget.SUBSYSTEM)),
        out::toString);
  }

  @Test
  void identifyTellsOfControllerAndNamespaces() throws Exception {
    nvmf("identify", "--nqn", KernelTarget.SUBSYSTEM);
    String said = out.toString();
    assertTrue(said.contains("model              Linux, firmware "), said);
    assertTrue(said.contains("one transfer       at most 1 MiB\n"), said);
    assertTrue(said.contains("namespace 1        256 MiB: 524288 blocks of 512 bytes\n"), said);
    assertTrue(said.contains("namespace 3        64 MiB: 16384 blocks of 4096 bytes\n"), said);
  }

  @Test
  void writeAndReadMoveBytes() throws Exception {
    byte[] content = new byte[100_000];
    new SplittableRandom(5).nextBytes(content);
    String[] where = {"--nqn", KernelTarget.SUBSYSTEM, "--namespace", "1", "--offset", "12345"};
    assertEquals(0, nvmf(content, "write", where), messages::toString);
    assertEquals("100000 bytes written\n", messages.toString());
    List<String> read = new ArrayList<>(List.of(where));
    read.addAll(List.of("--length", "100000"));
    nvmf("read", read.toArray(String[]::new));
    assertArrayEquals(content, out.toByteArray());
  }

  @Test
  void copyGoesBetweenFilesAndNamespaces(@TempDir Path folder) throws Exception {
    byte[] content = new byte[(5 << 20) + 1000];
    new SplittableRandom(6).nextBytes(content);
    Path from = Files.write(folder.resolve("from"), content);
    Path to = folder.resolve("to");
    copy(from.toString(), "namespace:1");
    assertTrue(
        messages.toString().startsWith("[" + "#".repeat(40) + "] 100 %  5.0 MiB  "),
        messages::toString);
    copy("namespace:1", "namespace:2", "--length", "6m", "--depth", "3", "--size", "64k");
    copy("namespace:2", to.toString(), "--length", "6m");
    byte[] expected = Arrays.copyOf(content, 6 << 20);
    byte[] actual = Files.readAllBytes(to);
    int padded = (content.length + 511) / 512 * 512;
    assertArrayEquals(Arrays.copyOf(expected, padded), Arrays.copyOf(actual, padded));
    assertEquals(6 << 20, actual.length);
  }

  private void copy(String from, String to, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("--nqn", KernelTarget.SUBSYSTEM, "--from", from, "--to", to));
    arguments.addAll(List.of(options));
    nvmf("copy", arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"randread", "randwrite", "seqread", "seqwrite"})
  void benchMeasures(String pattern) throws Exception {
    for (String wait : List.of("spin", "yield", "hybrid", "sleep")) {
      nvmf(
          "bench",
          "--nqn",
          KernelTarget.SUBSYSTEM,
          "--namespace",
          "1",
          "--pattern",
          pattern,
          "--depth",
          "4",
          "--seconds",
          "1",
          "--warm-up",
          "0",
          "--wait",
          wait);
      assertTrue(
          out.toString().matches(pattern + " 4096 bytes depth 4: IOPS \\d+, p50 .*\n"),
          out::toString);
    }
  }

  @Test
  void benchMeasuresWithWindowsToo() throws Exception {
    nvmf(
        "bench",
        "--nqn",
        KernelTarget.SUBSYSTEM,
        "--namespace",
        "1",
        "--exposure",
        "window",
        "--seconds",
        "1",
        "--warm-up",
        "0");
    assertTrue(out.toString().startsWith("randread 4096 bytes depth 1: IOPS "), out::toString);
  }

  @Test
  void aHostHasTheNameItIsGiven() throws Exception {
    String[] options = {"--nqn", KernelTarget.PRIVATE_SUBSYSTEM};
    assertEquals(1, nvmf(new byte[0], "identify", options));
    assertTrue(messages.toString().contains("the target does not allow the host"));
    nvmf(
        "identify",
        "--nqn",
        KernelTarget.PRIVATE_SUBSYSTEM,
        "--host-nqn",
        KernelTarget.PRIVATE_HOST);
    assertTrue(out.toString().contains("namespace 1        64 MiB"), out::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "bench, --depth, 0, --depth must be from 1 to 128",
    "bench, --depth, 129, --depth must be from 1 to 128",
    "bench, --seconds, 0, --seconds must be from 1 to 3600",
    "bench, --size, 1000, --size must be a multiple of 512",
    "bench, --size, 2m, --size must be at most 1048576",
    "bench, --pattern, fast, 'Invalid value for option ''--pattern'': expected one of [RANDREAD,'",
    "bench, --exposure, all, 'Invalid value for option ''--exposure'': expected one of [REGION,'",
    "bench, --host-nqn, '', an NQN has 1 to 223 bytes",
    "bench, --namespace, 0, --namespace must be from 1",
    "read, --offset, 256m1, 'Invalid value for option ''--offset'': ''256m1'' is not a number of'",
    "read, --offset, 257m, --offset must be from 0 to 268435456",
    "read, --length, -1, --length must be from 0",
    "compare, --repeats, 101, --repeats must be from 1 to 100"
  })
  void whatIsOutOfRangeIsNamed(String command, String option, String value, String said)
      throws Exception {
    List<String> options = new ArrayList<>(List.of("--nqn", KernelTarget.SUBSYSTEM));
    options.addAll(List.of("--namespace", "1", option, value)); // the last one counts
    assertEquals(2, nvmf(new byte[0], command, options.toArray(String[]::new)));
    assertTrue(messages.toString().startsWith("nvmf: " + said), messages::toString);
    assertTrue(messages.toString().contains("Usage: nvmf " + command), messages::toString);
  }

  @Test
  void compareMeasuresTheKernelToo(@TempDir Path folder) throws Exception {
    Path json = folder.resolve("json");
    try (KernelInitiator kernel = new KernelInitiator()) {
      nvmf(
          "compare",
          "--nqn",
          KernelTarget.SUBSYSTEM,
          "--namespace",
          "1",
          "--device",
          kernel.disk().toString(),
          "--pattern",
          "randwrite",
          "--seconds",
          "2",
          "--warm-up",
          "0",
          "--repeats",
          "1",
          "--json",
          json.toString());
    }
    List<String> lines = out.toString().lines().toList();
    assertEquals(5, lines.size(), out::toString);
    for (String line : lines.subList(2, 5)) {
      assertTrue(
          line.matches("randwrite .*\\| +[1-9]\\d* .*\\| +[1-9]\\d* .*\\| (p50|IOPS) .* to .*"),
          line);
    }
    String entries = Files.readString(json);
    assertEquals(6, JsonParser.parseString(entries).getAsJsonArray().size(), entries);
    assertEquals(3, entries.split("\"program\": \"verbena\"").length - 1, entries);
    assertEquals(3, entries.split("\"program\": \"kernel\"").length - 1, entries);
  }

  @Test
  void failuresAreOneLine() throws Exception {
    String[] options = {"--nqn", "nqn.2026-11.org.verbena:none"};
    assertEquals(1, nvmf(new byte[0], "identify", options));
    assertEquals(
        "nvmf: connect to nqn.2026-11.org.verbena:none: the target has no such subsystem\n",
        messages.toString());
    String[] missing = {
      "--nqn", KernelTarget.SUBSYSTEM, "--from", "/no/such/file", "--to", "namespace:1"
    };
    assertEquals(1, nvmf(new byte[0], "copy", missing));
    assertEquals("nvmf: cannot open the file /no/such/file\n", messages.toString());
  }
}

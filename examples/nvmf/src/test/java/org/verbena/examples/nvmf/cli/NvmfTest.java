package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** The command line, as far as it needs no device. */
class NvmfTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();

  private int nvmf(String... arguments) {
    return Nvmf.run(
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(messages, true, StandardCharsets.UTF_8),
        arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "discover", "identify", "read", "write", "copy", "bench", "compare"})
  void helpShowsTheUsage(String command) {
    assertEquals(0, command.isEmpty() ? nvmf("--help") : nvmf(command, "--help"), out::toString);
    assertTrue(out.toString().startsWith("Usage: nvmf " + command), out::toString);
    assertEquals("", messages.toString());
  }

  /** Setters would come in the order of reflection, which differs from run to run. */
  @Test
  void theUsageListsOptionsAlphabetically() {
    nvmf("bench", "--help");
    List<String> options =
        out.toString().lines().filter(line -> line.startsWith("      --")).toList();
    assertEquals(12, options.size(), out::toString);
    assertEquals(options.stream().sorted().toList(), options);
  }

  @ParameterizedTest
  @CsvSource({
    "'', Missing required subcommand",
    "remove, Unmatched argument at index 0: 'remove'",
    "discover, Missing required option: '--target=ADDRESS[:PORT]'",
    "discover --target, Missing required parameter for option '--target' (ADDRESS[:PORT])",
    "discover --target 192.0.2.1 --size=1, Unknown option: '--size=1'",
    "discover --target 192.0.2.1:x, Invalid value for option '--target': invalid port: 192.0.2.1:x",
    "bench --target 192.0.2.1 --nqn n --namespace 0, '--namespace must be from 1 to 2147483647, not 0'",
  })
  void aWrongCommandLineIsNamedAndExitsWith2(String arguments, String said) {
    assertEquals(2, nvmf(arguments.isEmpty() ? new String[0] : arguments.split(" ")));
    assertTrue(messages.toString().startsWith("nvmf: " + said), messages::toString);
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @CsvSource({"seqwrite, hybrid, window", "SEQWRITE, Hybrid, WINDOW"})
  void namesOfValuesHaveAnyCase(String pattern, String wait, String exposure) {
    assertEquals(
        2,
        nvmf("bench", "--pattern", pattern, "--wait", wait, "--exposure", exposure, "--depth=0"));
    assertTrue(messages.toString().startsWith("nvmf: --depth must be from 1"), messages::toString);
  }

  @Test
  void theUsageHasThemInLowerCase() {
    nvmf("bench", "--help");
    String usage = out.toString().replaceAll("\\s+", " ");
    assertTrue(usage.contains("one of randread, randwrite, seqread, seqwrite;"), usage);
    assertTrue(usage.contains("one of spin, yield, hybrid, sleep;"), usage);
    assertTrue(usage.contains("one of region, window;"), usage);
  }

  @Test
  void shellsCompleteIt() {
    assertEquals(0, nvmf("generate-completion"), messages::toString);
    assertTrue(out.toString().contains("complete -F"), out::toString);
    assertTrue(out.toString().contains("--namespace"), out::toString);
    assertTrue(out.toString().contains("\"randread\" \"randwrite\""), out::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 4420",
    "192.0.2.1:4421, 192.0.2.1, 4421",
    "fd00::1, fd00:0:0:0:0:0:0:1, 4420",
    "[fd00::1], fd00:0:0:0:0:0:0:1, 4420",
    "[fd00::1]:4421, fd00:0:0:0:0:0:0:1, 4421"
  })
  void aTargetIsAnAddressAndPerhapsAPort(String text, String address, int port) {
    InetSocketAddress target = new TargetConverter().convert(text);
    assertEquals(address, target.getAddress().getHostAddress());
    assertEquals(port, target.getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1:x", "192.0.2.1:70000", "no.such.host.invalid"})
  void aWrongTargetIsRefused(String text) {
    assertThrows(TypeConversionException.class, () -> new TargetConverter().convert(text));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "512, 512", "4k, 4096", "3M, 3145728", "2g, 2147483648", "-1, -1"})
  void sizesHaveUnits(String text, long expected) {
    assertEquals(expected, new ByteSize().convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "4x", "9999999999g"})
  void wrongSizesAreRefused(String text) {
    assertThrows(TypeConversionException.class, () -> new ByteSize().convert(text));
  }
}

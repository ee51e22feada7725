package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line. */
class OptionsTest {
  private static Options options(String... arguments) throws UsageException {
    return Options.parse(arguments, 0, Set.of("target", "local", "length"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 4420",
    "192.0.2.1:4421, 192.0.2.1, 4421",
    "fd00::1, fd00:0:0:0:0:0:0:1, 4420",
    "[fd00::1], fd00:0:0:0:0:0:0:1, 4420",
    "[fd00::1]:4421, fd00:0:0:0:0:0:0:1, 4421"
  })
  void aTargetIsAnAddressAndPerhapsAPort(String text, String address, int port) throws Exception {
    var target = options("--target", text).target();
    assertEquals(address, target.getAddress().getHostAddress());
    assertEquals(port, target.getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1:x", "192.0.2.1:70000", "no.such.host.invalid"})
  void aWrongTargetIsRefused(String text) throws Exception {
    Options options = options("--target", text);
    assertThrows(UsageException.class, options::target);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "512, 512", "4k, 4096", "3M, 3145728", "2g, 2147483648"})
  void sizesHaveUnits(String text, long expected) throws Exception {
    assertEquals(expected, options("--length", text).size("length", 0, Long.MAX_VALUE, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "4x", "-1", "9999999999g", "101"})
  void wrongSizesAreRefused(String text) throws Exception {
    Options options = options("--length", text);
    assertThrows(UsageException.class, () -> options.size("length", 0, 100, 1));
  }

  @Test
  void whatIsMissingHasADefaultOrIsNamed() throws Exception {
    assertEquals(7, options().size("length", 0, 100, 7));
    UsageException e = assertThrows(UsageException.class, () -> options().text("target"));
    assertEquals("--target is missing", e.getMessage());
  }

  @Test
  void whatIsUnknownIsNamed() {
    UsageException e = assertThrows(UsageException.class, () -> options("--size", "1"));
    assertEquals("unknown option --size", e.getMessage());
    e = assertThrows(UsageException.class, () -> options("--length"));
    assertEquals("--length needs a value", e.getMessage());
  }
}

package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  @Test
  void aClientHasDefaults() throws Exception {
    Options options = Options.parse("connect", "192.0.2.1", "192.0.2.2");
    assertEquals(Options.Role.CONNECT, options.role());
    assertEquals(new InetSocketAddress("192.0.2.1", 0), options.local());
    assertEquals(new InetSocketAddress("192.0.2.2", 18600), options.peer());
    assertEquals(64L << 20, options.bytes());
    assertEquals(1000, options.rounds());
  }

  @Test
  void optionsStandAnywhere() throws Exception {
    Options options =
        Options.parse("--mib", "2", "connect", "192.0.2.1", "--rounds", "5", "192.0.2.2:7");
    assertEquals(2L << 20, options.bytes());
    assertEquals(5, options.rounds());
    assertEquals(7, options.peer().getPort());
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.2, 192.0.2.2, 18600",
    "192.0.2.2:9, 192.0.2.2, 9",
    "[192.0.2.2]:9, 192.0.2.2, 9",
    "2001:db8::1, 2001:db8::1, 18600",
    "[2001:db8::1], 2001:db8::1, 18600",
    "[2001:db8::1]:9, 2001:db8::1, 9",
  })
  void addressesAreRead(String word, String host, int port) throws Exception {
    Options options = Options.parse("listen", word);
    assertEquals(Options.Role.LISTEN, options.role());
    assertEquals(new InetSocketAddress(host, port), options.local());
    assertNull(options.peer());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "listen",
        "listen a b",
        "connect 192.0.2.1",
        "connect 192.0.2.1 2001:db8::1",
        "serve 192.0.2.1",
        "listen 192.0.2.1:0",
        "listen 192.0.2.1:65536",
        "listen 192.0.2.1:x",
        "listen 192.0.2.1:",
        "listen [2001:db8::1]9",
        "--mib",
        "--mib 0 connect 192.0.2.1 192.0.2.2",
        "--mib 1025 connect 192.0.2.1 192.0.2.2",
        "--rounds many connect 192.0.2.1 192.0.2.2",
        "--speed 1 connect 192.0.2.1 192.0.2.2",
      })
  void aWrongCommandLineIsRefused(String line) {
    assertThrows(
        UsageException.class,
        () -> Options.parse(line.isEmpty() ? new String[0] : line.split(" ")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"256.0.0.1", "name.invalid", ":18600", "[]:9", "1:2:3"})
  void anAddressThatIsNoneIsNamed(String word) {
    DemoException e = assertThrows(DemoException.class, () -> Options.parse("listen", word));
    assertEquals("unknown address: '", e.getMessage().substring(0, 18));
  }

  @Test
  void helpWinsOverMistakes() throws Exception {
    assertEquals(Options.Role.HELP, Options.parse("nonsense", "--help").role());
  }
}

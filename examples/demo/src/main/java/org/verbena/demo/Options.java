package org.verbena.demo;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param role what to do
 * @param local the address of the RDMA device to use; for the listener also the port
 * @param peer the listener, for the client; else null
 * @param bytes size of the buffer to move
 * @param rounds ping-pong rounds that are measured
 */
record Options(
    Role role, InetSocketAddress local, @Nullable InetSocketAddress peer, long bytes, int rounds) {
  static final String USAGE =
      """
      usage: java -jar verbena-demo.jar listen ADDRESS[:PORT]
             java -jar verbena-demo.jar connect [--mib N] [--rounds N] LOCAL-ADDRESS ADDRESS[:PORT]

      ADDRESS and LOCAL-ADDRESS are IP addresses of RDMA devices, the listener's and the client's;
      an IPv6 address with a port is written [ADDRESS]:PORT. The port defaults to 18600.
        --mib N     size of the buffer that is written and read back, in MiB (default 64)
        --rounds N  ping-pong rounds that are measured (default 1000)""";

  static final int DEFAULT_PORT = 18600;
  static final long MIB = 1 << 20;
  static final int MAX_MIB = 1024;

  private static final int MAX_ROUNDS = 1_000_000;

  enum Role {
    HELP,
    LISTEN,
    CONNECT
  }

  static Options parse(String... arguments) throws UsageException, DemoException {
    int mib = 64;
    int rounds = 1000;
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String word = arguments[i];
      switch (word) {
        case "-h", "--help" -> {
          return new Options(Role.HELP, new InetSocketAddress(0), null, 0, 0);
        }
        case "--mib", "--rounds" -> {
          String value = ++i < arguments.length ? arguments[i] : "nothing";
          if (word.equals("--mib")) {
            mib = number(word, value, MAX_MIB);
          } else {
            rounds = number(word, value, MAX_ROUNDS);
          }
        }
        default -> {
          if (word.startsWith("-")) {
            throw new UsageException("unknown option: " + word);
          }
          words.add(word);
        }
      }
    }
    return switch (words.isEmpty() ? "" : words.getFirst()) {
      case "" -> throw new UsageException("nothing to do");
      case "listen" -> {
        expect(words, 2, "listen needs one address");
        yield new Options(Role.LISTEN, address(words.get(1)), null, mib * MIB, rounds);
      }
      case "connect" -> {
        expect(words, 3, "connect needs two addresses, the local one and the listener's");
        InetAddress local = resolve(words.get(1));
        InetSocketAddress peer = address(words.get(2));
        if (local.getClass() != peer.getAddress().getClass()) {
          throw new UsageException("both addresses must be IPv4, or both IPv6");
        }
        // Port 0: the system picks a free one.
        InetSocketAddress source = new InetSocketAddress(local, 0);
        yield new Options(Role.CONNECT, source, peer, mib * MIB, rounds);
      }
      default -> throw new UsageException("unknown command: " + words.getFirst());
    };
  }

  private static void expect(List<String> words, int count, String message) throws UsageException {
    if (words.size() != count) {
      throw new UsageException(message);
    }
  }

  private static int number(String name, String value, int max) throws UsageException {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) {
      // reported below
    }
    throw new UsageException("%s needs a number from 1 to %d, not %s".formatted(name, max, value));
  }

  /** Parses ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT. */
  private static InetSocketAddress address(String word) throws UsageException, DemoException {
    String host = word;
    String port = "";
    int bracket = word.startsWith("[") ? word.indexOf(']') : -1;
    int colon = word.indexOf(':');
    if (bracket > 0) {
      host = word.substring(1, bracket);
      port = word.substring(bracket + 1);
    } else if (colon >= 0 && colon == word.lastIndexOf(':')) {
      host = word.substring(0, colon);
      port = word.substring(colon);
    } // else several colons: an IPv6 address without a port
    if (port.isEmpty()) {
      return new InetSocketAddress(resolve(host), DEFAULT_PORT);
    }
    if (!port.startsWith(":")) {
      throw new UsageException("not an address: " + word);
    }
    int number = number("the port in " + word, port.substring(1), 65535);
    return new InetSocketAddress(resolve(host), number);
  }

  private static InetAddress resolve(String host) throws DemoException {
    try {
      // An empty name would resolve to the loopback address.
      if (!host.isBlank()) {
        return InetAddress.getByName(host);
      }
    } catch (UnknownHostException _) {
      // reported below
    }
    throw new DemoException("unknown address: '" + host + "'");
  }
}

package org.verbena.examples.nvmf.cli;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.verbena.examples.nvmf.NvmfHost;

/** The options of a command: pairs of {@code --name value}. */
final class Options {
  private final Map<String, String> values = new LinkedHashMap<>();

  private Options() {}

  static Options parse(String[] arguments, int from, Set<String> known) throws UsageException {
    Options options = new Options();
    for (int i = from; i < arguments.length; i += 2) {
      String name = arguments[i];
      if (!name.startsWith("--") || !known.contains(name.substring(2))) {
        throw new UsageException("unknown option " + name);
      }
      if (i + 1 == arguments.length) {
        throw new UsageException(name + " needs a value");
      }
      options.values.put(name.substring(2), arguments[i + 1]);
    }
    return options;
  }

  String text(String name) throws UsageException {
    String value = values.get(name);
    if (value == null) {
      throw new UsageException("--" + name + " is missing");
    }
    return value;
  }

  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  int number(String name, int least, int most, int otherwise) throws UsageException {
    return (int) size(name, least, most, otherwise);
  }

  /** A number, perhaps with k, m or g for 2^10, 2^20 or 2^30. */
  long size(String name, long least, long most, long otherwise) throws UsageException {
    String text = values.get(name);
    if (text == null) {
      return otherwise;
    }
    long value;
    try {
      value = parseSize(text.toLowerCase(Locale.ROOT));
    } catch (ArithmeticException | NumberFormatException _) {
      throw new UsageException("--%s is not a number: %s".formatted(name, text));
    }
    if (value < least || value > most) {
      throw new UsageException(
          "--%s must be from %d to %d, not %d".formatted(name, least, most, value));
    }
    return value;
  }

  private static long parseSize(String text) {
    int unit = text.isEmpty() ? -1 : "kmg".indexOf(text.charAt(text.length() - 1));
    String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
    return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (unit + 1)));
  }

  /** One of the constants of an enum, in small letters. */
  <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) throws UsageException {
    String text = values.get(name);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
        return constant;
      }
    }
    if (text == null) {
      return otherwise;
    }
    String all =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    throw new UsageException("--%s is one of %s, not %s".formatted(name, all, text));
  }

  /** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. */
  InetSocketAddress target() throws UsageException {
    String text = text("target");
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > 0 && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']');
    String address = hasPort ? text.substring(0, colon) : text;
    try {
      int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : NvmfHost.DEFAULT_PORT;
      return new InetSocketAddress(InetAddress.getByName(address), port);
    } catch (UnknownHostException _) {
      throw new UsageException("--target names no known host: " + text);
    } catch (IllegalArgumentException _) { // a number that is none, or no port
      throw new UsageException("--target has a wrong port: " + text);
    }
  }

  /** The address given, or the one that the route to the target starts from. */
  InetAddress local() throws UsageException {
    String text = values.get("local");
    try (DatagramSocket socket = new DatagramSocket()) {
      if (text != null) {
        return InetAddress.getByName(text);
      }
      socket.connect(target());
      return socket.getLocalAddress();
    } catch (UnknownHostException _) {
      throw new UsageException("--local is no known address: " + text);
    } catch (SocketException e) {
      throw new UsageException("no route to the target: " + e.getMessage());
    }
  }
}

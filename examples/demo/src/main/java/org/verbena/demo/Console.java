package org.verbena.demo;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.verbena.ndk.NdkConnectionData;

/** Prints progress in readable form. */
final class Console {
  private final PrintStream out;

  Console(PrintStream out) {
    this.out = out;
  }

  void line(String text) {
    out.println(text);
  }

  /** Prints "name value", aligned. */
  void field(String name, Object value) {
    out.printf(Locale.ROOT, "  %-24s %s%n", name, value);
  }

  void readLimits(NdkConnectionData data) {
    line(
        "effective read limits: %d inbound, %d outbound"
            .formatted(data.inboundReadLimit(), data.outboundReadLimit()));
  }

  static String mib(long bytes) {
    return "%d MiB".formatted(bytes / Options.MIB);
  }

  static String rate(long bytes, long nanos) {
    double seconds = nanos / 1e9;
    return String.format(
        Locale.ROOT, "%.2f s, %.1f MiB/s", seconds, bytes / (double) Options.MIB / seconds);
  }

  static String micros(long nanos) {
    return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
  }

  static String address(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}

package org.verbena.benchmarks.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Formats figures and names for display. */
final class Format {
  private Format() {}

  /** Three digits, or all those before the point; a dash if not measured. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    double size = Math.abs(value);
    int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  /** The label of an axis tick: no more digits than it needs. */
  static String tick(double value) {
    return new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value);
  }

  static String withUnit(JmhMetric metric) {
    return (number(metric.score()) + " " + metric.unit()).strip();
  }

  static String ratio(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
  }

  /** The first and the last of sorted ratios; empty if there are fewer than two. */
  static String ratioSpread(List<Double> ratios) {
    return ratios.size() < 2 ? "" : ratio(ratios.getFirst()) + "–" + ratio(ratios.getLast());
  }

  /** The minimum and the maximum of the repeats; empty if there was only one. */
  static String spread(JmhMetric metric) {
    return metric.spread() ? number(metric.min()) + "–" + number(metric.max()) : "";
  }

  /** The last part of a benchmark's name in words: "pollEmpty" becomes "poll empty". */
  static String name(String benchmark) {
    String last = benchmark.substring(benchmark.indexOf('.') + 1);
    return switch (last) {
      case "send", "write", "read" -> last.toUpperCase(Locale.ROOT);
      case "cq" -> "completion queue";
      case "srq" -> "shared receive queue";
      default -> last.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    };
  }

  /** A parameter's value; sizes have a unit. */
  static String value(String param, String value) {
    if (!param.equals("bytes") || !value.matches("[0-9]{1,18}")) {
      return value;
    }
    long bytes = Long.parseLong(value);
    if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + " MiB";
    }
    return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? (bytes >> 10) + " KiB" : bytes + " B";
  }

  /** All parameters on one line: "64 B, events, path wire". */
  static String params(Map<String, String> params) {
    return params.entrySet().stream()
        .map(param -> param(param.getKey(), param.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String param(String name, String value) {
    return switch (name + " " + value) {
      case "polling poll" -> "polling";
      case "polling event" -> "events";
      default -> name.equals("bytes") ? value(name, value) : name + " " + value;
    };
  }
}

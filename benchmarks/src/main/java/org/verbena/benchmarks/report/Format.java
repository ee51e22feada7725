package org.verbena.benchmarks.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Format and names as people read them. */
final class Format {
  private Format() {}

  /** Three digits, or all before the point; a dash for what was not measured. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    double size = Math.abs(value);
    int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  /** A tick of an axis: as few digits as it has. */
  static String tick(double value) {
    return new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value);
  }

  static String withUnit(Metric metric) {
    return (number(metric.score()) + " " + metric.unit()).strip();
  }

  static String ratio(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
  }

  /** From the first to the last of sorted ratios, empty where there is one. */
  static String ratioSpread(List<Double> ratios) {
    return ratios.size() < 2 ? "" : ratio(ratios.getFirst()) + "–" + ratio(ratios.getLast());
  }

  /** From least to most, empty where there was one repeat. */
  static String spread(Metric metric) {
    return metric.spread() ? number(metric.least()) + "–" + number(metric.most()) : "";
  }

  /** The last part of a benchmark's name: "pollEmpty" is "poll empty". */
  static String name(String benchmark) {
    String last = benchmark.substring(benchmark.indexOf('.') + 1);
    return switch (last) {
      case "send", "write", "read" -> last.toUpperCase(Locale.ROOT);
      case "cq" -> "completion queue";
      case "srq" -> "shared receive queue";
      default -> last.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    };
  }

  /** A parameter's value: sizes with their unit. */
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

  /** All in one line: "64 B, events, path wire". */
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

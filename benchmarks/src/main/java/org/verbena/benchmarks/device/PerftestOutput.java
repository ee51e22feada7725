package org.verbena.benchmarks.device;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses the table that perftest prints at the end. */
final class PerftestOutput {
  private PerftestOutput() {}

  /** The figures of the last row: p50 and p99 latency, or bandwidth and message rate. */
  static Map<String, Double> parse(String output) throws IOException {
    List<String> lines = output.lines().toList();
    for (int i = lines.size() - 2; i >= 0; i--) {
      if (lines.get(i).strip().startsWith("#bytes")) {
        String[] row = lines.get(i + 1).strip().split("\\s+");
        return lines.get(i).contains("t_typical") ? latency(row) : bandwidth(row);
      }
    }
    throw new IOException("perftest printed no result:\n" + output);
  }

  // #bytes #iterations t_min t_max t_typical t_avg t_stdev 99% 99.9%
  private static Map<String, Double> latency(String[] row) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(Contender.SCORE, number(row[4]));
    figures.put("p99", number(row[7]));
    return figures;
  }

  // #bytes #iterations peak[MB/sec] average[MB/sec] MsgRate[Mpps]; its MB are MiB
  private static Map<String, Double> bandwidth(String[] row) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("bandwidth", number(row[3]));
    figures.put("messageRate", number(row[4]) * 1e6);
    return figures;
  }

  private static double number(String text) {
    return text.contains("inf") || text.contains("nan")
        ? Double.POSITIVE_INFINITY
        : Double.parseDouble(text);
  }
}

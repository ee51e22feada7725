package org.verbena.benchmarks.device.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A client's figures, as name=value words. */
final class Figures {
  /** Those of a side that measures nothing. */
  static final Figures NONE = new Figures();

  private final Map<String, Double> values = new LinkedHashMap<>();

  Figures with(String name, double value) {
    values.put(name, value);
    return this;
  }

  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }
}

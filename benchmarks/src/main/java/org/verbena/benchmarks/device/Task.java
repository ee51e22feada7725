package org.verbena.benchmarks.device;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One measurement, the same for every program; its string form is sent to a peer process.
 *
 * @param benchmark dotted name, such as "latency.send"
 * @param params what else distinguishes it from other tasks, by name; neither contains blanks
 * @param iterations the number of operations to measure
 */
public record Task(String benchmark, Map<String, String> params, int iterations) {
  private static final String ITERATIONS = "iterations";

  // perftest's defaults
  private static final int RECEIVES = 512;
  private static final int MODERATION = 100;
  private static final int MODERATED_BYTES = 8192;

  /** Keeps the order of the parameters. */
  public Task {
    params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
  }

  /**
   * Makes a task.
   *
   * @param namesAndValues its parameters: name, value, name, value …
   */
  public static Task of(String benchmark, int iterations, String... namesAndValues) {
    Map<String, String> params = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      params.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Task(benchmark, params, iterations);
  }

  /** Parses the output of {@link #toString}. */
  public static Task parse(String line) {
    String[] words = line.split(" ");
    Map<String, String> params = new LinkedHashMap<>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      params.put(words[i].substring(0, equals), words[i].substring(equals + 1));
    }
    int iterations = Integer.parseInt(params.remove(ITERATIONS));
    return new Task(words[0], params, iterations);
  }

  Task with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(params);
    more.put(name, value.toString());
    return new Task(benchmark, more, iterations);
  }

  Task withIterations(int count) {
    return new Task(benchmark, params, count);
  }

  /** The part of the name before the dot, such as "latency". */
  public String kind() {
    int dot = benchmark.indexOf('.');
    return dot < 0 ? benchmark : benchmark.substring(0, dot);
  }

  /** The part of the name after the dot, such as "send"; "" if there is none. */
  public String operation() {
    return benchmark.substring(Math.min(benchmark.length(), kind().length() + 1));
  }

  /** A parameter's value; "" if there is no such parameter. */
  public String param(String name) {
    return params.getOrDefault(name, "");
  }

  /** A numeric parameter's value, or a default if there is no such parameter. */
  public int number(String name, int otherwise) {
    String value = param(name);
    return value.isEmpty() ? otherwise : Integer.parseInt(value);
  }

  /**
   * How many operations precede the measurement: a fifth of it, rounded up to a multiple of {@link
   * #moderation}.
   */
  int warmUp() {
    return Math.ceilDiv(Math.ceilDiv(iterations, 5), moderation()) * moderation();
  }

  /** Bytes of one operation. */
  public int bytes() {
    return number("bytes", 0);
  }

  /** Whether it sends messages, which need receives. */
  public boolean messages() {
    return kind().equals("scaling") || operation().equals("send");
  }

  /** How many receives are posted: on each connection, or shared by all. */
  public int receives() {
    boolean shared = operation().equals("srq");
    return shared ? RECEIVES : RECEIVES / number("connections", 1);
  }

  /** One of this many requests has a result, by perftest's defaults. */
  public int moderation() {
    int chain = number("chain", 1);
    if (chain > 1) {
      return chain;
    }
    return bytes() > MODERATED_BYTES ? 1 : Math.min(MODERATION, number("depth", 1));
  }

  /** Whether to wait for notifications instead of polling. */
  public boolean events() {
    return param("polling").equals("event");
  }

  @Override
  public String toString() {
    List<String> words = new ArrayList<>(List.of(benchmark));
    params.forEach((name, value) -> words.add(name + "=" + value));
    words.add(ITERATIONS + "=" + iterations);
    return String.join(" ", words);
  }
}

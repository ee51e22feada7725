package org.verbena.benchmarks.device;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thing to measure, the same for every program; also the line that sends it to a peer process.
 *
 * @param benchmark dotted name, such as "latency.send"
 * @param params what else distinguishes it from other tasks, by name; no blanks in either
 * @param iterations how many operations one measurement has
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
   * @param namesAndValues its parameters: name, value, name, value and so on
   */
  public static Task of(String benchmark, int iterations, String... namesAndValues) {
    Map<String, String> params = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      params.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Task(benchmark, params, iterations);
  }

  /** Reads what {@link #toString} has written. */
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

  /** The part of the name behind the dot, such as "send"; "" if there is none. */
  public String operation() {
    return benchmark.substring(Math.min(benchmark.length(), kind().length() + 1));
  }

  /** A parameter; "" if there is none of this name. */
  public String param(String name) {
    return params.getOrDefault(name, "");
  }

  /** A parameter that is a number, or what it is if there is none. */
  public int number(String name, int otherwise) {
    String value = param(name);
    return value.isEmpty() ? otherwise : Integer.parseInt(value);
  }

  /**
   * How many operations go before the measurement: some, and a whole number of {@link #moderation}.
   */
  int warmUp() {
    return Math.ceilDiv(Math.ceilDiv(iterations, 5), moderation()) * moderation();
  }

  /** Bytes of one operation. */
  public int bytes() {
    return number("bytes", 0);
  }

  /** Whether messages are sent, which need receives. */
  public boolean messages() {
    return kind().equals("scaling") || operation().equals("send");
  }

  /** How many receives there are: on each connection, or shared by all. */
  public int receives() {
    boolean shared = operation().equals("srq");
    return shared ? RECEIVES : RECEIVES / number("connections", 1);
  }

  /** One in how many requests has a result: perftest's defaults. */
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

package org.verbena.ndk;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a soak does, and collects what is wrong. For all threads. */
final class SoakLedger {
  /** The failures of each status that are printed. */
  private static final int SHOWN = 3;

  private final LongAdder connections = new LongAdder();
  private final LongAdder failedConnects = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final Map<NdkStatus, LongAdder> failures = new ConcurrentHashMap<>(); // of connects
  private final LongAdder stalls = new LongAdder();
  private final LongAdder faults = new LongAdder();
  private final LongAdder removals = new LongAdder();
  private final Map<NdkStatus, LongAdder> results = new ConcurrentHashMap<>();
  private final Queue<String> wrongs = new ConcurrentLinkedQueue<>();

  record Counts(
      long connections,
      long failedConnects,
      long stalls,
      long requests,
      long results,
      long failed,
      long faults,
      long removals) {
    @Override
    public String toString() {
      return ("%,d connections (%,d not made, %,d stalled), %,d requests, %,d results (%,d failed),"
              + " %,d faults, %,d of them removals")
          .formatted(
              connections, failedConnects, stalls, requests, results, failed, faults, removals);
    }
  }

  void connected() {
    connections.increment();
  }

  void failedToConnect(NdkStatus status, String detail) {
    failedConnects.increment();
    if (failures.computeIfAbsent(status, _ -> new LongAdder()).sum() < SHOWN) {
      System.out.println("not connected: " + status + ", " + detail);
    }
    failures.get(status).increment();
  }

  void stalled() {
    stalls.increment();
  }

  void posted() {
    requests.increment();
  }

  void ended(NdkStatus status) {
    results.computeIfAbsent(status, _ -> new LongAdder()).increment();
  }

  void fault() {
    faults.increment();
  }

  /** The devices have been removed, and added again. */
  void removal() {
    fault();
    removals.increment();
  }

  void wrong(String what) {
    wrongs.add(what);
    System.out.println("WRONG: " + what);
  }

  List<String> wrongs() {
    return List.copyOf(wrongs);
  }

  Map<NdkStatus, LongAdder> connectFailures() {
    return new TreeMap<>(failures);
  }

  Map<NdkStatus, LongAdder> statuses() {
    return new TreeMap<>(results);
  }

  Counts counts() {
    long successes = results.getOrDefault(NdkStatus.SUCCESS, new LongAdder()).sum();
    long failed =
        results.entrySet().stream()
            .filter(result -> result.getKey() != NdkStatus.SUCCESS)
            .mapToLong(result -> result.getValue().sum())
            .sum();
    return new Counts(
        connections.sum(),
        failedConnects.sum(),
        stalls.sum(),
        requests.sum(),
        successes + failed,
        failed,
        faults.sum(),
        removals.sum());
  }
}

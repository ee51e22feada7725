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
  private final LongAdder connections = new LongAdder();
  private final LongAdder failedConnects = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder faults = new LongAdder();
  private final Map<NdkStatus, LongAdder> results = new ConcurrentHashMap<>();
  private final Queue<String> wrongs = new ConcurrentLinkedQueue<>();

  record Counts(
      long connections,
      long failedConnects,
      long requests,
      long results,
      long failed,
      long faults) {
    @Override
    public String toString() {
      return "%,d connections (and %,d failed), %,d requests, %,d results (%,d failed), %,d faults"
          .formatted(connections, failedConnects, requests, results, failed, faults);
    }
  }

  void connected() {
    connections.increment();
  }

  void failedToConnect() {
    failedConnects.increment();
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

  void wrong(String what) {
    wrongs.add(what);
    System.out.println("WRONG: " + what);
  }

  List<String> wrongs() {
    return List.copyOf(wrongs);
  }

  Map<NdkStatus, LongAdder> statuses() {
    return new TreeMap<>(results);
  }

  Counts counts() {
    long all = results.values().stream().mapToLong(LongAdder::sum).sum();
    LongAdder successes = results.getOrDefault(NdkStatus.SUCCESS, new LongAdder());
    return new Counts(
        connections.sum(),
        failedConnects.sum(),
        requests.sum(),
        all,
        all - successes.sum(),
        faults.sum());
  }
}

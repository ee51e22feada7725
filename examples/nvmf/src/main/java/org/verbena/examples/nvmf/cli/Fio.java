package org.verbena.examples.nvmf.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Runs {@code fio} on a block device, to measure the kernel's own initiator. */
final class Fio {
  // No processor time is measured at either end of a run, while fio starts and reports.
  private static final Duration MARGIN = Duration.ofMillis(500);

  private static final double NANOS_PER_MICRO = 1e3;

  private final String device;
  private final String engine;

  Fio(String device, String engine) {
    this.device = device;
    this.engine = engine;
  }

  Trial run(Bench.Pattern pattern, int bytes, int depth, Duration warmUp, Duration measured)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "fio",
                "--name=nvmf",
                "--filename=" + device,
                "--direct=1",
                "--ioengine=" + engine,
                "--rw=" + name(pattern),
                "--bs=" + bytes,
                "--iodepth=" + depth,
                "--time_based",
                "--ramp_time=" + warmUp.toSeconds(),
                "--runtime=" + measured.toSeconds(),
                // As measured here: including the submission.
                "--clat_percentiles=0",
                "--lat_percentiles=1",
                "--output-format=json")
            .redirectErrorStream(true)
            .start();
    Thread.sleep(warmUp.plus(MARGIN));
    long machine = ProcessorTime.ofMachine();
    long start = System.nanoTime();
    Thread.sleep(measured.minus(MARGIN).minus(MARGIN));
    double busy = (double) (ProcessorTime.ofMachine() - machine) / (System.nanoTime() - start);
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException("fio failed: " + output);
    }
    return sample(output, pattern, busy);
  }

  /**
   * Reads a report.
   *
   * @param busy how many processors were busy meanwhile
   */
  static Trial sample(String json, Bench.Pattern pattern, double busy) throws IOException {
    try {
      JsonObject job =
          JsonParser.parseString(json)
              .getAsJsonObject()
              .getAsJsonArray("jobs")
              .get(0)
              .getAsJsonObject();
      JsonObject part = job.getAsJsonObject(pattern.writes() ? "write" : "read");
      double iops = part.get("iops").getAsDouble();
      JsonObject percentiles = part.getAsJsonObject("lat_ns").getAsJsonObject("percentile");
      return new Trial(
          iops,
          percentiles.get("50.000000").getAsDouble() / NANOS_PER_MICRO,
          percentiles.get("99.000000").getAsDouble() / NANOS_PER_MICRO,
          busy * 1e6 / iops,
          0);
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw new IOException("not a fio report of this pattern: " + json, e);
    }
  }

  private static String name(Bench.Pattern pattern) {
    String name = pattern.toString();
    return name.startsWith("seq") ? name.substring(3) : name;
  }
}

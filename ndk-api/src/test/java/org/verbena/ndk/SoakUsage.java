package org.verbena.ndk;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.verbena.ndk.SoakLedger.Counts;

/** Samples of what this process and the kernel hold, and whether they stay flat. */
final class SoakUsage {
  static final String HEADER =
      "seconds,connections,requests,failed,faults,rss_mib,nmt_mib,threads,files,kernel_objects";

  /** How much more the last quarter may hold than the second: a share, and a few. */
  private static final double MORE = 1.05;

  private static final int FEW = 8;

  private static final Pattern COMMITTED = Pattern.compile("Total:.*committed=(\\d+)KB");
  private static final Pattern COUNT = Pattern.compile(" [a-z_]+ (\\d+)");

  private final List<Sample> samples = new ArrayList<>();

  /** What is held: memory in MiB, threads of the JVM, and numbers of files and RDMA objects. */
  private record Sample(long rss, long nmt, long threads, long files, long kernelObjects) {}

  /** Takes a sample, and returns its line. */
  String sample(Duration elapsed, Counts counts) throws IOException, JMException {
    System.gc(); // so that the memory is that of live objects
    Sample now =
        new Sample(
            ResourceUsage.status("VmRSS") >> 10,
            nmtMib(),
            ResourceUsage.status("Threads"),
            ResourceUsage.countFiles(),
            kernelObjects());
    samples.add(now);
    return Stream.of(
            elapsed.toSeconds(),
            counts.connections(),
            counts.requests(),
            counts.failed(),
            counts.faults(),
            now.rss,
            now.nmt,
            now.threads,
            now.files,
            now.kernelObjects)
        .map(String::valueOf)
        .reduce((a, b) -> a + "," + b)
        .orElseThrow();
  }

  String last() {
    return samples.getLast().toString();
  }

  boolean isFlat() {
    return isFlat(Sample::rss)
        && isFlat(Sample::nmt)
        && isFlat(Sample::threads)
        && isFlat(Sample::files)
        && isFlat(Sample::kernelObjects);
  }

  private boolean isFlat(ToLongFunction<Sample> figure) {
    return mean(3, figure) <= mean(1, figure) * MORE + FEW;
  }

  /** From the second quarter's mean to the last's. */
  String verdict() {
    return "RSS "
        + change(Sample::rss)
        + " MiB, NMT "
        + change(Sample::nmt)
        + " MiB, threads "
        + change(Sample::threads)
        + ", files "
        + change(Sample::files)
        + ", kernel objects "
        + change(Sample::kernelObjects)
        + (isFlat() ? ": flat" : ": NOT flat");
  }

  private String change(ToLongFunction<Sample> figure) {
    return "%.1f -> %.1f".formatted(mean(1, figure), mean(3, figure));
  }

  /** The mean of a quarter of the samples, the first being 0. */
  private double mean(int quarter, ToLongFunction<Sample> figure) {
    int count = samples.size();
    return samples.subList(count * quarter / 4, count * (quarter + 1) / 4).stream()
        .mapToLong(figure)
        .average()
        .orElse(0);
  }

  /** Of a JVM with {@code -XX:NativeMemoryTracking=summary}. */
  private static long nmtMib() throws JMException {
    String summary =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "vmNativeMemory",
                    new Object[] {new String[] {"summary"}},
                    new String[] {String[].class.getName()});
    Matcher committed = COMMITTED.matcher(summary);
    if (!committed.find()) {
      throw new IllegalStateException("start the JVM with -XX:NativeMemoryTracking=summary");
    }
    return Long.parseLong(committed.group(1)) >> 10;
  }

  private static long kernelObjects() throws IOException {
    return COUNT
        .matcher(ResourceUsage.askKernel())
        .results()
        .mapToLong(r -> Long.parseLong(r.group(1)))
        .sum();
  }
}

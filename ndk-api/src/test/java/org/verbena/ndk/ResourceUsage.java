package org.verbena.ndk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.stream.Stream;

/**
 * A snapshot of what this process, and RDMA in the kernel, hold.
 *
 * @param files open file descriptors
 * @param threads Java threads
 * @param mappings memory mappings shared with a device: its queues
 * @param kernelObjects what {@code rdma resource show} counts for every device
 * @param memoryMib resident anonymous memory
 */
record ResourceUsage(
    long files, long threads, long mappings, String kernelObjects, long memoryMib) {
  private static final long MORE_MEMORY_MIB = 32;

  static {
    int _ =
        new SecureRandom().nextInt(); // opens two files for good, as does the first temporary file
  }

  static ResourceUsage now() {
    System.gc(); // so that the memory is that of live objects
    try {
      return new ResourceUsage(
          countFiles(), countThreads(), countMappings(), askKernel(), measureMemoryMib());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static long countFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private static long countThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("process reaper")) // of askKernel
        .count();
  }

  private static long countMappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("infiniband")).count();
    }
  }

  private static long measureMemoryMib() throws IOException {
    return status("RssAnon") >> 10;
  }

  /** A number of /proc/self/status. */
  static long status(String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(l -> l.startsWith(name + ":")).findFirst().orElseThrow();
      return Long.parseLong(line.split("\\s+")[1]);
    }
  }

  /**
   * What {@code rdma resource show} prints, without the index of a device, which is never reused,
   * and by name.
   */
  static String askKernel() throws IOException {
    String program =
        Stream.of("/usr/sbin/rdma", "/sbin/rdma", "/usr/bin/rdma", "/bin/rdma")
            .filter(path -> Files.isExecutable(Path.of(path)))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no rdma command: install iproute2"));
    Process process =
        new ProcessBuilder(program, "resource", "show").redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      assertEquals(0, process.waitFor(), output);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return String.join(
        "; ",
        output.lines().map(line -> line.strip().replaceFirst("^\\d+: ", "")).sorted().toList());
  }

  /** But for memory. Fewer threads are no leak: those that carry virtual ones end when idle. */
  private boolean isWithin(ResourceUsage before) {
    return files <= before.files
        && threads <= before.threads
        && mappings <= before.mappings
        && kernelObjects.equals(before.kernelObjects);
  }

  /**
   * Waits until usage, but for memory, is back to this snapshot's, as the kernel may lag behind.
   */
  ResourceUsage awaitSame(String when) {
    ResourceUsage[] last = new ResourceUsage[1];
    Await.until(
        () -> when + ": " + this + ", but then " + last[0],
        () -> {
          last[0] = now();
          return last[0].isWithin(this);
        });
    return last[0];
  }

  /** Waits until usage is back to this snapshot's. Prints both. */
  void awaitAgain(String when) {
    ResourceUsage after = awaitSame(when);
    System.out.println(when + ": file descriptors " + files + " -> " + after.files);
    System.out.println(when + ": threads " + threads + " -> " + after.threads);
    System.out.println(when + ": device mappings " + mappings + " -> " + after.mappings);
    System.out.println(when + ": kernel " + kernelObjects + " -> " + after.kernelObjects);
    System.out.println(when + ": memory " + memoryMib + " -> " + after.memoryMib + " MiB");
    assertTrue(after.memoryMib <= memoryMib + MORE_MEMORY_MIB, () -> this + ", then " + after);
  }
}

package org.verbena.examples.nvmf;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The kernel's target, started before the first test class that needs it and stopped after the
 * last: {@code @ExtendWith(KernelTarget.class)}.
 */
public final class KernelTarget implements BeforeAllCallback, AutoCloseable {
  public static final String SUBSYSTEM = "nqn.2026-11.org.verbena:store";
  public static final String DELAYED_SUBSYSTEM = "nqn.2026-11.org.verbena:delayed";
  public static final String PRIVATE_SUBSYSTEM = "nqn.2026-11.org.verbena:private";
  public static final String PRIVATE_HOST = "nqn.2026-11.org.verbena:host";

  /** The namespaces: in memory, on a loop device, on a file with too little storage behind it. */
  public static final int MEMORY = 1;

  public static final int LOOP = 2;
  public static final int THIN = 3;

  /** In the delayed subsystem: it completes each read and write after {@link #SLOW_ANSWER}. */
  public static final int SLOW = 4;

  static final Duration SLOW_ANSWER = Duration.ofSeconds(3);

  /** The storage of the first two. */
  static final Path MEMORY_DEVICE = Path.of("/dev/verbena-memory");

  private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"), "verbena-nvmf");
  static final Path LOOP_FILE = FOLDER.resolve("loop");

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /**
   * JUnit creates one for each class that needs it; {@link #started} creates the one that is
   * closed.
   */
  public KernelTarget() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    // The root's store lives until the last test of the JVM, and closes what it holds.
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .getOrComputeIfAbsent(KernelTarget.class, _ -> started(), KernelTarget.class);
  }

  private static KernelTarget started() {
    run("start");
    return new KernelTarget();
  }

  @Override
  public void close() {
    run("stop");
  }

  public static InetAddress local() throws IOException {
    return InetAddress.getByName(System.getenv("VERBENA_ADDR_A"));
  }

  public static InetSocketAddress address() throws IOException {
    return new InetSocketAddress(InetAddress.getByName(System.getenv("VERBENA_ADDR_B")), 4420);
  }

  public static InetAddress local6() throws IOException {
    return InetAddress.getByName(System.getenv("VERBENA_ADDR6_A"));
  }

  public static InetSocketAddress address6() throws IOException {
    return new InetSocketAddress(InetAddress.getByName(System.getenv("VERBENA_ADDR6_B")), 4420);
  }

  /** Takes the target off the network. */
  static void remove() {
    run("remove");
  }

  /** Puts the target back on the network. */
  static void restore() {
    run("restore");
  }

  private static void run(String what) {
    run(Path.of("kernel-target").toAbsolutePath().toString(), what);
  }

  /** Runs a command and returns what it printed. */
  static String run(String... command) {
    return run(LIMIT, command);
  }

  static String run(Duration limit, String... command) {
    try {
      // To a file: reading a pipe to its end has no deadline.
      Path output = Files.createTempFile("verbena-nvmf", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().put("VERBENA_NVMF_FOLDER", FOLDER.toString());
        Process process = builder.start();
        boolean ended = process.waitFor(limit);
        if (!ended) {
          List<ProcessHandle> children = process.descendants().toList();
          process.destroyForcibly(); // first, as a shell would report their end
          children.forEach(ProcessHandle::destroyForcibly);
        }
        String said = Files.readString(output);
        if (!ended || process.exitValue() != 0) {
          throw new AssertionError(
              "%s %s: %s"
                  .formatted(
                      String.join(" ", command),
                      ended ? "failed" : "has not ended within " + limit,
                      said));
        }
        return said;
      } finally {
        Files.delete(output);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

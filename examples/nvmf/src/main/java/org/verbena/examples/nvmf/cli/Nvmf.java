package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.ControllerInfo;
import org.verbena.examples.nvmf.DiscoveryEntry;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NamespaceChannel;
import org.verbena.examples.nvmf.NvmeException;
import org.verbena.examples.nvmf.NvmfHost;

/** The command-line tool. */
public final class Nvmf {
  private static final String USAGE =
      """
      usage: nvmf COMMAND --target ADDRESS[:PORT] [--local ADDRESS] [--host-nqn NQN] OPTIONS
        discover                               what the target offers
        identify --nqn NQN                     a subsystem and its namespaces
        read     --nqn NQN --namespace N [--offset BYTES] [--length BYTES]
                                               to the standard output
        write    --nqn NQN --namespace N [--offset BYTES]
                                               from the standard input
        copy     --nqn NQN --from END --to END [--length BYTES] [--size BYTES] [--depth N]
                                               an END is a file, or namespace:N
        bench    --nqn NQN --namespace N [--pattern randread|randwrite|seqread|seqwrite]
                 [--size BYTES] [--depth N] [--seconds N] [--warm-up N] [--wait WAIT]
                 [--exposure region|window]
        compare  --nqn NQN --namespace N --device DEVICE [--engine libaio|io_uring]
                 [--pattern PATTERN] [--seconds N] [--warm-up N] [--repeats N] [--wait WAIT]
                 [--json FILE]
                                               with fio on the kernel's device for N
      BYTES may end in k, m or g. WAIT is yield (polls), spin, hybrid (polls, then sleeps) or sleep.
      --local is an address of the RDMA device to use, needed where the route to the target does not start
      there.""";

  private static final Set<String> COMMON = Set.of("target", "local", "host-nqn", "nqn");
  private static final int BUFFER_SIZE = 1 << 20;
  private static final double MICROS = 1e3;
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB"};

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream messages;

  private Nvmf(InputStream in, PrintStream out, PrintStream messages) {
    this.in = in;
    this.out = out;
    this.messages = messages;
  }

  /**
   * Runs a command and ends the JVM: with 0 if all went well, 1 after a failure, 2 for a wrong
   * command line.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    System.exit(run(System.in, System.out, System.err, arguments));
  }

  static int run(InputStream in, PrintStream out, PrintStream messages, String... arguments) {
    try {
      new Nvmf(in, out, messages).run(arguments);
      return 0;
    } catch (UsageException | IllegalArgumentException e) { // of names that cannot be
      messages.println("nvmf: " + e.getMessage());
      messages.println(USAGE);
      return 2;
    } catch (IOException | UnsupportedOperationException e) {
      messages.println("nvmf: " + e.getMessage());
      return 1;
    } catch (InterruptedException _) {
      messages.println("nvmf: interrupted");
      return 1;
    }
  }

  private void run(String[] arguments) throws UsageException, IOException, InterruptedException {
    String command = arguments.length == 0 ? "" : arguments[0];
    Set<String> own =
        switch (command) {
          case "discover", "identify" -> Set.of();
          case "read" -> Set.of("namespace", "offset", "length");
          case "write" -> Set.of("namespace", "offset");
          case "copy" -> Set.of("from", "to", "length", "size", "depth");
          case "bench" ->
              Set.of(
                  "namespace",
                  "pattern",
                  "size",
                  "depth",
                  "seconds",
                  "warm-up",
                  "wait",
                  "exposure");
          case "compare" ->
              Set.of(
                  "namespace",
                  "device",
                  "engine",
                  "pattern",
                  "seconds",
                  "warm-up",
                  "repeats",
                  "wait",
                  "json");
          case "" -> throw new UsageException("a command is missing");
          default -> throw new UsageException("unknown command " + command);
        };
    Set<String> known = new HashSet<>(COMMON);
    known.addAll(own);
    Options options = Options.parse(arguments, 1, known);
    try (NvmfHost host = open(options)) {
      switch (command) {
        case "discover" -> discover(host, options);
        case "identify" -> identify(host, options);
        case "read" -> read(host, options);
        case "write" -> write(host, options);
        case "copy" -> CopyCommand.run(host, options, messages);
        case "compare" -> Compare.run(host, options, out);
        default -> bench(host, options);
      }
    }
  }

  private static NvmfHost open(Options options) throws UsageException, IOException {
    String name = options.text("host-nqn", null);
    return name == null
        ? NvmfHost.open(options.local())
        : NvmfHost.open(options.local(), name, UUID.randomUUID());
  }

  static Controller connect(NvmfHost host, Options options, ConnectOptions how)
      throws UsageException, IOException {
    return host.connect(options.target(), options.text("nqn"), how);
  }

  private void discover(NvmfHost host, Options options) throws UsageException, IOException {
    for (DiscoveryEntry entry : host.discover(options.target())) {
      out.printf(
          "%s %s port %s: %s%s%n",
          entry.transportName(),
          entry.address(),
          entry.service(),
          entry.subsystem(),
          entry.discovery() ? " (discovery)" : "");
    }
  }

  private void identify(NvmfHost host, Options options) throws UsageException, IOException {
    try (Controller controller = connect(host, options, ConnectOptions.DEFAULT)) {
      ControllerInfo info = controller.info();
      int version = info.version();
      out.printf("subsystem          %s%n", info.subsystem());
      out.printf(
          "model              %s, firmware %s, serial number %s%n",
          info.model(), info.firmware(), info.serialNumber());
      out.printf(
          "NVMe               %d.%d.%d%n", version >>> 16, version >>> 8 & 0xFF, version & 0xFF);
      out.printf("controller         %d%n", info.controllerId());
      out.printf("one transfer       at most %s%n", bytes(info.maxTransferSize()));
      out.printf("in-capsule data    at most %s%n", bytes(info.maxInCapsuleData()));
      out.printf("write zeroes       %s%n", yesOrNo(info.writeZeroes()));
      out.printf("deallocate         %s%n", yesOrNo(info.datasetManagement()));
      out.printf("write cache        %s%n", yesOrNo(info.volatileWriteCache()));
      for (int id : controller.namespaceIds()) {
        out.printf("namespace %-8d %s%n", id, namespace(controller, id));
      }
    }
  }

  private static String namespace(Controller controller, int id) throws IOException {
    try {
      Namespace namespace = controller.namespace(id);
      return "%s: %d blocks of %d bytes"
          .formatted(bytes(namespace.bytes()), namespace.blocks(), namespace.blockSize());
    } catch (NvmeException e) {
      return e.getMessage();
    }
  }

  private static String yesOrNo(boolean offered) {
    return offered ? "yes" : "no";
  }

  private static String bytes(long bytes) {
    int unit = UNITS.length - 1;
    while (unit > 0 && (bytes == 0 || bytes % (1L << (10 * unit)) != 0)) {
      unit--;
    }
    return "%d %s".formatted(bytes >> (10 * unit), UNITS[unit]);
  }

  private void read(NvmfHost host, Options options) throws UsageException, IOException {
    try (Controller controller = connect(host, options, ConnectOptions.DEFAULT);
        NamespaceChannel channel = channel(host, controller, options)) {
      long left = options.size("length", 0, Long.MAX_VALUE, channel.size() - channel.position());
      WritableByteChannel target = Channels.newChannel(out);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
      while (left > 0 && channel.read(buffer.limit((int) Math.min(left, BUFFER_SIZE))) > 0) {
        left -= buffer.flip().remaining();
        target.write(buffer);
        buffer.clear();
      }
      if (out.checkError()) {
        throw new IOException("not all could be written to standard output");
      }
    }
  }

  private void write(NvmfHost host, Options options) throws UsageException, IOException {
    try (Controller controller = connect(host, options, ConnectOptions.DEFAULT);
        NamespaceChannel channel = channel(host, controller, options)) {
      ReadableByteChannel source = Channels.newChannel(in);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
      long total = 0;
      while (source.read(buffer) >= 0 || buffer.position() > 0) {
        buffer.flip();
        total += channel.write(buffer);
        buffer.clear();
      }
      channel.force();
      messages.printf("%d bytes written%n", total);
    }
  }

  private static NamespaceChannel channel(NvmfHost host, Controller controller, Options options)
      throws UsageException, IOException {
    Namespace namespace = controller.namespace(namespaceNumber(options));
    long offset = options.size("offset", 0, namespace.bytes(), 0);
    return new NamespaceChannel(host, controller, controller.queue(0), namespace).position(offset);
  }

  static void checkSize(int size, Controller controller) throws UsageException {
    int most = controller.info().maxTransferSize();
    if (size > most) {
      throw new UsageException("--size must be at most %d for this target".formatted(most));
    }
  }

  private static int namespaceNumber(Options options) throws UsageException {
    options.text("namespace");
    return options.number("namespace", 1, Integer.MAX_VALUE, 0);
  }

  private void bench(NvmfHost host, Options options)
      throws UsageException, IOException, InterruptedException {
    Bench.Pattern pattern = options.choice("pattern", Bench.Pattern.class, Bench.Pattern.RANDREAD);
    Bench.Waiting waiting = options.choice("wait", Bench.Waiting.class, Bench.Waiting.YIELD);
    Exposure exposure = options.choice("exposure", Exposure.class, Exposure.REGION);
    int size = options.number("size", 1, Integer.MAX_VALUE, 4096);
    int depth = options.number("depth", 1, ConnectOptions.MAX_DEPTH, 1);
    Duration warmUp = Duration.ofSeconds(options.number("warm-up", 0, 3600, 2));
    Duration measured = Duration.ofSeconds(options.number("seconds", 1, 3600, 5));
    ConnectOptions how = ConnectOptions.DEFAULT.withQueues(1, depth).withExposure(exposure, true);
    try (Controller controller = connect(host, options, how)) {
      Namespace namespace = controller.namespace(namespaceNumber(options));
      if (size % namespace.blockSize() != 0 || size > namespace.bytes()) {
        throw new UsageException(
            "--size must be a multiple of %d".formatted(namespace.blockSize()));
      }
      checkSize(size, controller);
      Bench.Outcome outcome;
      try (Bench bench = new Bench(host, controller, namespace, pattern, size, depth, waiting)) {
        outcome = bench.run(warmUp, measured);
      }
      double count = outcome.count();
      out.printf(
          Locale.ROOT,
          "%s %d bytes depth %d: IOPS %.0f, p50 %.1f us, p99 %.1f us,"
              + " processor time per I/O: process %.1f us, machine %.1f us%n",
          pattern.name().toLowerCase(Locale.ROOT),
          size,
          depth,
          count * 1e9 / outcome.nanos(),
          outcome.latencies().percentile(50) / MICROS,
          outcome.latencies().percentile(99) / MICROS,
          outcome.processNanos() / MICROS / count,
          outcome.machineNanos() / MICROS / count);
    }
  }
}

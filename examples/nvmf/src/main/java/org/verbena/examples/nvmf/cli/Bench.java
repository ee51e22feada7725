package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.IoBuffer;
import org.verbena.examples.nvmf.IoHandler;
import org.verbena.examples.nvmf.IoQueue;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmeStatus;
import org.verbena.examples.nvmf.NvmfHost;

/** Keeps a number of I/O in flight for a while and measures how long each takes. */
final class Bench implements AutoCloseable {
  /** The I/O to measure. */
  enum Pattern {
    RANDREAD(true, false),
    RANDWRITE(true, true),
    SEQREAD(false, false),
    SEQWRITE(false, true);

    private final boolean random;
    private final boolean writes;

    Pattern(boolean random, boolean writes) {
      this.random = random;
      this.writes = writes;
    }

    boolean writes() {
      return writes;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How to wait for I/O to end. */
  enum Waiting {
    /** Polls: fastest, if a processor can be spared for it. */
    SPIN,

    /** Polls, and yields the processor in between: the target may run on it. */
    YIELD,

    /** Polls as above for {@link #POLLING}, then sleeps. */
    HYBRID,

    /** Sleeps until a notification. */
    SLEEP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What was measured.
   *
   * @param count I/O that ended
   * @param nanos how long it took
   * @param latencies of all I/O, in nanoseconds
   * @param processNanos processor time of this process, system calls included
   * @param machineNanos processor time of the whole machine, including the target's and that of
   *     polling
   * @param allocatedBytes bytes allocated on the Java heap by the measuring thread
   */
  record Outcome(
      long count,
      long nanos,
      Histogram latencies,
      long processNanos,
      long machineNanos,
      long allocatedBytes) {}

  private static final Duration POLLING = Duration.ofNanos(500_000);

  /** The longest latency recorded, in nanoseconds; longer ones count as this one. */
  private static final long LONGEST = Duration.ofHours(1).toNanos();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final IoQueue queue;
  private final Namespace namespace;
  private final Pattern pattern;
  private final int blocks;
  private final int bytes;
  private final long places;
  private final int depth;
  private final Waiting waiting;
  private final IoBuffer buffer;
  private final long[] started;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Histogram latencies = new Histogram(LONGEST, 3);
  private final IoHandler handler = this::ended;
  private long next;
  private boolean running;
  private int failure;

  Bench(
      NvmfHost host,
      Controller controller,
      Namespace namespace,
      Pattern pattern,
      int bytes,
      int depth,
      Waiting waiting)
      throws IOException {
    this.queue = controller.queue(0);
    this.namespace = namespace;
    this.pattern = pattern;
    this.bytes = bytes;
    this.depth = depth;
    this.waiting = waiting;
    blocks = bytes / namespace.blockSize();
    places = namespace.bytes() / bytes;
    buffer = host.allocate((long) depth * bytes);
    started = new long[depth];
  }

  Outcome run(Duration warmUp, Duration measured) throws IOException, InterruptedException {
    phase(warmUp);
    latencies.reset();
    long process = ProcessorTime.ofProcess();
    long machine = ProcessorTime.ofMachine();
    long allocated = Allocation.ofThread();
    long start = System.nanoTime();
    phase(measured);
    allocated = Allocation.ofThread() - allocated;
    return new Outcome(
        latencies.getTotalCount(),
        System.nanoTime() - start,
        latencies,
        ProcessorTime.ofProcess() - process,
        ProcessorTime.ofMachine() - machine,
        allocated);
  }

  private void phase(Duration duration) throws IOException, InterruptedException {
    long end = System.nanoTime() + duration.toNanos();
    running = true;
    for (int i = 0; i < depth; i++) {
      start(i);
    }
    while (queue.inFlight() > 0) {
      switch (waiting) {
        case SPIN -> {
          if (queue.poll() == 0) {
            Thread.onSpinWait();
          }
        }
        case YIELD -> {
          if (queue.poll() == 0) {
            Thread.yield();
          }
        }
        case HYBRID -> await(POLLING);
        case SLEEP -> await(Duration.ZERO);
      }
      running = running && failure == 0 && System.nanoTime() - end < 0;
    }
    if (failure != 0) {
      throw new IOException(NvmeStatus.text(failure));
    }
  }

  private void await(Duration polling) throws IOException, InterruptedException {
    if (queue.await(polling, PATIENCE) == 0) {
      throw new IOException("no I/O has ended for %d s".formatted(PATIENCE.toSeconds()));
    }
  }

  private void start(int i) {
    long place = pattern.random ? random.nextLong(places) : next++ % places;
    long lba = place * blocks;
    long offset = (long) i * bytes;
    started[i] = System.nanoTime();
    if (pattern.writes) {
      queue.write(namespace, lba, blocks, buffer, offset, i, handler);
    } else {
      queue.read(namespace, lba, blocks, buffer, offset, i, handler);
    }
  }

  private void ended(long i, int status) {
    latencies.recordValue(Math.min(System.nanoTime() - started[(int) i], LONGEST));
    if (status != NvmeStatus.SUCCESS) {
      failure = status;
    } else if (running) {
      start((int) i);
    }
  }

  @Override
  public void close() {
    buffer.close();
  }
}

package org.verbena.examples.nvmf;

import java.time.Duration;
import java.util.Locale;

/**
 * How to connect to a subsystem. No duration may exceed a day.
 *
 * @param queues the number of I/O queues, at least 1; each is for one thread at a time
 * @param depth the most I/O in flight on each, from 1 to {@link #MAX_DEPTH}
 * @param exposure how the target's device accesses the memory of an I/O
 * @param inCapsule whether small writes are sent in the command capsule, where the target supports
 *     it
 * @param ioTimeout how long an I/O may take, at least 1 ms; the target counts as lost when one
 *     takes longer, which is detected up to an eighth later
 * @param keepAlive the keep-alive time-out (KATO): how long the target keeps the controller without
 *     a command; this host sends three Keep Alive commands in that time. Whole seconds, as Linux
 *     targets count in these, at least 1
 * @param reconnectDelay the time from a loss to the first attempt to reconnect, and between
 *     attempts, at least 1 ms; what a lost association has started in the target's storage must end
 *     in this time, see {@link IoQueue}
 * @param reconnectLimit how long to try to reconnect, then all I/O ends with {@link
 *     NvmeStatus#HOST_PATH_ERROR}; zero for one attempt
 */
public record ConnectOptions(
    int queues,
    int depth,
    Exposure exposure,
    boolean inCapsule,
    Duration ioTimeout,
    Duration keepAlive,
    Duration reconnectDelay,
    Duration reconnectLimit) {
  /** The deepest queue that the RDMA transport of Linux targets supports. */
  public static final int MAX_DEPTH = 128;

  private static final Duration LONGEST = Duration.ofDays(1);

  /**
   * One queue of depth 32, whole regions, in-capsule data, an I/O time-out of 30 s, a keep-alive
   * time-out of 15 s, a reconnect delay of 1 s and a reconnect limit of 10 minutes.
   */
  public static final ConnectOptions DEFAULT =
      new ConnectOptions(
          1,
          32,
          Exposure.REGION,
          true,
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofSeconds(1),
          Duration.ofMinutes(10));

  /** How the target's device accesses the memory of an I/O. */
  public enum Exposure {
    /**
     * By the remote key of the whole {@link IoBuffer}, which stays valid: fastest, for trusted
     * targets.
     */
    REGION,

    /**
     * By a memory window over the bytes of the I/O alone, which the target invalidates with its
     * response: it cannot access the memory before or after the I/O.
     */
    WINDOW;

    /** {@return the name in lower case, as command lines have it} */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public ConnectOptions {
    if (queues < 1) {
      throw new IllegalArgumentException("queues must be at least 1, not " + queues);
    }
    if (depth < 1 || depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "depth must be from 1 to %d, not %d".formatted(MAX_DEPTH, depth));
    }
    check("ioTimeout", ioTimeout, Duration.ofMillis(1));
    check("keepAlive", keepAlive, Duration.ofSeconds(1));
    if (keepAlive.toNanosPart() != 0) {
      throw new IllegalArgumentException("keepAlive must be whole seconds, not " + keepAlive);
    }
    check("reconnectDelay", reconnectDelay, Duration.ofMillis(1));
    check("reconnectLimit", reconnectLimit, Duration.ZERO);
  }

  private static void check(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s must be from %s to %s, not %s".formatted(name, least, LONGEST, value));
    }
  }

  /**
   * Changes the number and the depth of the queues.
   *
   * @param newQueues the number of I/O queues
   * @param newDepth the most I/O in flight on each
   * @return a copy with this change
   */
  public ConnectOptions withQueues(int newQueues, int newDepth) {
    return new ConnectOptions(
        newQueues,
        newDepth,
        exposure,
        inCapsule,
        ioTimeout,
        keepAlive,
        reconnectDelay,
        reconnectLimit);
  }

  /**
   * Changes the exposure of memory.
   *
   * @param newExposure how the target's device accesses the memory of an I/O
   * @param newInCapsule whether small writes are sent in the command capsule
   * @return a copy with this change
   */
  public ConnectOptions withExposure(Exposure newExposure, boolean newInCapsule) {
    return new ConnectOptions(
        queues,
        depth,
        newExposure,
        newInCapsule,
        ioTimeout,
        keepAlive,
        reconnectDelay,
        reconnectLimit);
  }

  /**
   * Changes the I/O time-out.
   *
   * @param newTimeout how long an I/O may take
   * @return a copy with this change
   */
  public ConnectOptions withIoTimeout(Duration newTimeout) {
    return new ConnectOptions(
        queues, depth, exposure, inCapsule, newTimeout, keepAlive, reconnectDelay, reconnectLimit);
  }

  /**
   * Changes the behaviour when the target is lost.
   *
   * @param newKeepAlive the keep-alive time-out (KATO)
   * @param newDelay the time before and between attempts to reconnect
   * @param newLimit how long to try to reconnect
   * @return a copy with this change
   */
  public ConnectOptions withLoss(Duration newKeepAlive, Duration newDelay, Duration newLimit) {
    return new ConnectOptions(
        queues, depth, exposure, inCapsule, ioTimeout, newKeepAlive, newDelay, newLimit);
  }
}

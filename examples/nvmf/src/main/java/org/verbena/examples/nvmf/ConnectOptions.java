package org.verbena.examples.nvmf;

import java.time.Duration;

/**
 * How to connect to a subsystem.
 *
 * @param queues how many I/O queues, from 1; each is for one thread
 * @param depth the most I/O in flight on each, from 1 to {@link #MAX_DEPTH}
 * @param exposure how the target's device gets at the memory of an I/O
 * @param inCapsule whether small writes travel in the command itself, where the target offers it
 * @param keepAlive how long the target keeps the controller without a sign of life; we give three
 *     in that time. Zero for ever
 * @param reconnectDelay between attempts to reconnect after a loss
 * @param reconnectLimit how long we try; then all I/O ends with {@link NvmeStatus#HOST_PATH_ERROR}
 */
public record ConnectOptions(
    int queues,
    int depth,
    Exposure exposure,
    boolean inCapsule,
    Duration keepAlive,
    Duration reconnectDelay,
    Duration reconnectLimit) {
  /** The deepest queue that the RDMA transport of Linux targets takes. */
  public static final int MAX_DEPTH = 128;

  /** One queue of 32, whole regions, 15 s, 1 s and 10 minutes. */
  public static final ConnectOptions DEFAULT =
      new ConnectOptions(
          1,
          32,
          Exposure.REGION,
          true,
          Duration.ofSeconds(15),
          Duration.ofSeconds(1),
          Duration.ofMinutes(10));

  /** How the target's device gets at the memory of an I/O. */
  public enum Exposure {
    /** By the key of the whole {@link IoBuffer}, which it keeps: quickest, for targets we trust. */
    REGION,

    /**
     * By a memory window for each I/O over its bytes only, which the target invalidates with its
     * response: it cannot touch the memory before or after.
     */
    WINDOW
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
    if (keepAlive.isNegative() || reconnectDelay.isNegative() || reconnectLimit.isNegative()) {
      throw new IllegalArgumentException("durations must not be negative");
    }
  }

  /**
   * Other numbers of queues.
   *
   * @param newQueues how many I/O queues
   * @param newDepth the most I/O in flight on each
   * @return these options but for that
   */
  public ConnectOptions withQueues(int newQueues, int newDepth) {
    return new ConnectOptions(
        newQueues, newDepth, exposure, inCapsule, keepAlive, reconnectDelay, reconnectLimit);
  }

  /**
   * Another way to the memory.
   *
   * @param newExposure how the target's device gets at the memory of an I/O
   * @param newInCapsule whether small writes travel in the command itself
   * @return these options but for that
   */
  public ConnectOptions withExposure(Exposure newExposure, boolean newInCapsule) {
    return new ConnectOptions(
        queues, depth, newExposure, newInCapsule, keepAlive, reconnectDelay, reconnectLimit);
  }

  /**
   * Another behaviour when the target is lost.
   *
   * @param newKeepAlive how long the target keeps the controller without a sign of life
   * @param newDelay between attempts to reconnect
   * @param newLimit how long to try
   * @return these options but for that
   */
  public ConnectOptions withLoss(Duration newKeepAlive, Duration newDelay, Duration newLimit) {
    return new ConnectOptions(queues, depth, exposure, inCapsule, newKeepAlive, newDelay, newLimit);
  }
}

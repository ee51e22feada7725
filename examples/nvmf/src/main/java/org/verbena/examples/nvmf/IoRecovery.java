package org.verbena.examples.nvmf;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Takes an I/O queue from one connection to the next. The controller's thread posts its decisions
 * to a mailbox; the queue's thread acts on it when it polls.
 */
final class IoRecovery {
  private static final int MOST_RESENDS = 5;

  private final IoSlots slots;
  private final IoPump pump;
  private final Runnable wakeUp;

  // The mailbox.
  private final AtomicReference<@Nullable RdmaConnection> offered = new AtomicReference<>();
  private volatile int failure;
  private volatile boolean timeoutTick;
  private volatile boolean hasMail;

  private volatile int resent; // written by the queue's thread

  /**
   * Creates one with an empty mailbox.
   *
   * @param wakeUp wakes the queue's thread
   */
  IoRecovery(IoSlots slots, IoPump pump, Runnable wakeUp) {
    this.slots = slots;
    this.pump = pump;
    this.wakeUp = wakeUp;
  }

  /** Returns how many commands have been sent again; for any thread. */
  int resent() {
    return resent;
  }

  // --- for the controller's thread

  /** Offers another connection. */
  void offer(RdmaConnection next) {
    RdmaConnection untaken = offered.getAndSet(next);
    if (untaken != null) {
      untaken.close();
    }
    deliver();
  }

  /** Ends all I/O, now and later, with a status. */
  void fail(int status) {
    failure = status;
    deliver();
  }

  /** Has the queue check for late commands. */
  void timeoutTick() {
    timeoutTick = true;
    deliver();
  }

  private void deliver() {
    hasMail = true;
    wakeUp.run();
  }

  // --- for the queue's thread

  boolean hasMail() {
    return hasMail;
  }

  /** Acts on the mailbox; returns how many I/O ended. */
  int readMail() {
    hasMail = false;
    int done = 0;
    RdmaConnection next = offered.getAndSet(null);
    if (next != null) {
      done += pump.leave();
      if (pump.take(next)) {
        done += resendAll();
      }
    }
    if (timeoutTick) {
      timeoutTick = false;
      // A thread that has not polled for long sees one tick only, and so has time to poll what has
      // come.
      if (slots.tick()) {
        pump.fail();
      }
    }
    if (failure != 0) {
      hasMail = true; // for good
      done += pump.leave();
      done += failAll();
    }
    return done;
  }

  private int resendAll() {
    int done = 0;
    for (int slot = 0; slot < slots.depth; slot++) {
      if (slots.awaits(slot, IoSlots.RESPONSE) && slots.countResend(slot) <= MOST_RESENDS) {
        resent = resent + 1; // written by this thread only
        pump.resend(slot);
      }
    }
    // Only now, as handlers may start I/O, which is sent at once.
    for (int slot = 0; slot < slots.depth; slot++) {
      if (slots.isUsed(slot) && !slots.awaits(slot, IoSlots.RESPONSE)) {
        pump.end(slot, slots.status(slot)); // all else it awaited ended with the connection
        done++;
      } else if (slots.isUsed(slot) && slots.resends(slot) > MOST_RESENDS) {
        pump.end(slot, NvmeStatus.HOST_PATH_ERROR);
        done++;
      }
    }
    return done;
  }

  private int failAll() {
    int done = 0;
    for (int slot = 0; slot < slots.depth; slot++) {
      if (slots.isUsed(slot)) {
        // After its response it awaited only the release of its memory, which has happened by now.
        boolean responded = !slots.awaits(slot, IoSlots.RESPONSE);
        pump.end(slot, responded ? slots.status(slot) : failure);
        done++;
      }
    }
    return done;
  }

  /** Closes a connection that was offered and not taken. */
  void close() {
    RdmaConnection untaken = offered.getAndSet(null);
    if (untaken != null) {
      untaken.close();
    }
  }
}

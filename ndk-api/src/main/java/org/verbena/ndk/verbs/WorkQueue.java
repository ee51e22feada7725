package org.verbena.ndk.verbs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/**
 * The record of what is outstanding on one queue of a queue pair, in posting order: on an error
 * {@code ibv_wc} tells no more than which request it was.
 *
 * <p>A request's position counts up for ever; its slot is the position modulo the capacity. The
 * poster moves the head, the poller of the completion queue moves the tail.
 */
abstract class WorkQueue {
  private static final VarHandle TAIL;

  static {
    try {
      TAIL = MethodHandles.lookup().findVarHandle(WorkQueue.class, "tail", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final VerbsQp qp;
  final VerbsCq cq;
  final SpinLock lock = new SpinLock();

  /** How many requests the consumer may have outstanding. */
  final int depth;

  final int mask;
  private final long[] contexts;
  private final long idBase;

  /** The position of the next request; guarded by the lock. */
  long head;

  @SuppressWarnings("unused") // through TAIL
  private long tail;

  /**
   * Takes a place on the completion queue.
   *
   * @param hidden how many requests of the provider's own may be outstanding besides
   */
  WorkQueue(VerbsQp qp, VerbsCq cq, int depth, int hidden) {
    this.qp = qp;
    this.cq = cq;
    this.depth = depth;
    int capacity = Integer.highestOneBit(depth + hidden - 1) << 1;
    mask = Math.max(capacity, 1) - 1;
    contexts = new long[mask + 1];
    idBase = (long) cq.attach(this, hidden) << 32;
  }

  /** The operation type of the request in a slot. */
  abstract NdkOperationType type(int slot);

  /** Whether a completion is the provider's own affair. */
  abstract boolean isHidden(int slot, boolean success);

  final long tail() {
    return (long) TAIL.getAcquire(this);
  }

  final int outstanding() {
    return (int) (head - tail());
  }

  final long contextOf(int slot) {
    return contexts[slot];
  }

  /** Records a request in the slot of the head, without moving the head; returns its wr_id. */
  final long record(long requestContext) {
    int slot = (int) head & mask;
    contexts[slot] = requestContext;
    return idBase | slot;
  }

  /** Everything up to this slot has been completed; called with the completion queue's lock. */
  final void retire(int slot) {
    long oldest = (long) TAIL.get(this);
    TAIL.setRelease(this, oldest + ((slot - (int) oldest) & mask) + 1);
  }

  /**
   * Cancels by hand what the device has not given back; called with the completion queue's lock.
   */
  final void cancelOutstanding() {
    for (long position = tail(); position < head; position++) {
      int slot = (int) position & mask;
      if (!isHidden(slot, false)) {
        cq.stage(this, NdkStatus.CANCELLED, contexts[slot], type(slot));
      }
      retire(slot);
    }
  }
}

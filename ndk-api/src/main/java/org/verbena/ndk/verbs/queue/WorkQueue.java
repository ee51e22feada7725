package org.verbena.ndk.verbs.queue;

/**
 * The record of what is outstanding on one queue of a queue pair, in posting order: a failed {@code
 * ibv_wc} says no more than which request it was.
 *
 * <p>A request's position counts up and wraps around; its slot is the position modulo the capacity.
 * The poster moves the head, the poller of the completion queue moves the tail.
 *
 * <pre>
 *   wr_id
 *   63      0
 *   39..62  the index of the work queue on its completion queue
 *   32..38  the {@link WrKind} of the request
 *    0..31  its position
 * </pre>
 */
abstract class WorkQueue extends PaddedTail.After {
  /** The first position, so that wrapping around happens soon and not only after days. */
  static final int FIRST = Integer.MAX_VALUE - 10;

  private static final int ID_QUEUE = 39;
  private static final int ID_KIND = 32;
  final QueuePair qp;
  final long qpContext;
  final BiasedLock lock = new BiasedLock();

  /** How many requests the consumer may have outstanding. */
  final int depth;

  /** How many requests of the provider's own may be outstanding besides. */
  final int hidden;

  /**
   * The context of each request, by slot. The length is a power of two, and an index masked by it
   * needs no bounds check; so it is with the kinds.
   */
  final long[] contexts;

  /** The {@link WrKind} of each request, by slot. */
  final byte[] kinds;

  /** From its completion queue, by whose lock it is guarded. */
  boolean detached;

  private long idBase; // set once

  /** The position of the next request; guarded by the lock. */
  int head = FIRST;

  WorkQueue(QueuePair qp, int depth, int hidden) {
    super(FIRST);
    this.qp = qp;
    qpContext = qp.context;
    this.depth = depth;
    this.hidden = hidden;
    int capacity = Math.max(Integer.highestOneBit(depth + hidden - 1) << 1, 1);
    contexts = new long[capacity];
    kinds = new byte[capacity];
  }

  /** Sets its index on its completion queue, before the first request. */
  final void place(int index) {
    idBase = (long) index << ID_QUEUE;
  }

  /** The {@link WrKind} of the request at a position. */
  final int kind(int position) {
    return kinds[position & kinds.length - 1] & WrKind.IN_ID;
  }

  /** Whether the request at a position, if it succeeds, gives no completion. */
  final boolean isUnsignaled(int position) {
    return (kinds[position & kinds.length - 1] & WrKind.UNSIGNALED) != 0;
  }

  final int outstanding() {
    return head - tail();
  }

  final long contextOf(int position) {
    return contexts[position & contexts.length - 1];
  }

  /** Records a request at the head, without moving the head; returns its wr_id. */
  final long record(int kind, long requestContext) {
    contexts[head & contexts.length - 1] = requestContext;
    kinds[head & kinds.length - 1] = (byte) kind;
    return idBase(kind) | Integer.toUnsignedLong(head);
  }

  /** The part of a wr_id that is not the position. */
  final long idBase(int kind) {
    return idBase | (long) (kind & WrKind.IN_ID) << ID_KIND;
  }

  /** The index of the work queue on its completion queue that a wr_id names. */
  static int queueOf(long id) {
    return (int) (id >>> ID_QUEUE);
  }

  /** Whether two wr_ids name the same queue and kind. */
  static boolean isSameButPosition(long id, long other) {
    return (id ^ other) >>> ID_KIND == 0;
  }

  static int kindOf(long id) {
    return (int) (id >>> ID_KIND) & WrKind.IN_ID;
  }

  static int positionOf(long id) {
    return (int) id;
  }

  /** Everything up to a position has been completed; called with the completion queue's lock. */
  final void retire(int position) {
    setTail(position + 1);
  }
}

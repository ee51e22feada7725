package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_wc;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.IntObjectMap;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * Translates completions to results. A completion names its request by its {@code wr_id}: see
 * {@link WorkQueue}. Guarded by the completion queue's lock.
 */
final class CompletionTranslator {
  static final long WC_SIZE = ibv_wc.layout().byteSize();
  private static final VarHandle WC_ID = longAt(ibv_wc.wr_id$offset(), WC_SIZE);
  private static final VarHandle WC_STATUS = intAt(ibv_wc.status$offset(), WC_SIZE);
  private static final VarHandle WC_VENDOR_ERR = intAt(ibv_wc.vendor_err$offset(), WC_SIZE);
  private static final VarHandle WC_BYTE_LEN = intAt(ibv_wc.byte_len$offset(), WC_SIZE);
  private static final VarHandle WC_OPCODE = intAt(ibv_wc.opcode$offset(), WC_SIZE);
  private static final VarHandle WC_IMMEDIATE = intAt(ibv_wc.imm_data$offset(), WC_SIZE);
  private static final VarHandle WC_QP_NUM = intAt(ibv_wc.qp_num$offset(), WC_SIZE);
  private static final VarHandle WC_FLAGS = intAt(ibv_wc.wc_flags$offset(), WC_SIZE);

  private final boolean softRoce;
  private final int withInvalidate; // IBV_WC_* flags
  private @Nullable WorkQueue[] queues = new WorkQueue[2];
  private final BitSet lost = new BitSet(); // indices that are not used again
  private final IntObjectMap<QueuePair> sharingQps = new IntObjectMap<>(); // with an SRQ, by number

  CompletionTranslator(boolean softRoce) {
    this.softRoce = softRoce;
    // Soft-RoCE sets the kernel's flag, which means something else in verbs, but nothing for RC.
    withInvalidate =
        softRoce
            ? RdmaCore.IBV_WC_WITH_INV() | RdmaCore.IBV_WC_IP_CSUM_OK()
            : RdmaCore.IBV_WC_WITH_INV();
  }

  // --- work queues

  /** Adds a work queue and returns its index, which is part of its requests' ids. */
  int add(WorkQueue queue) {
    int index = 0;
    while (index < queues.length && (queues[index] != null || lost.get(index))) {
      index++;
    }
    if (index == queues.length) {
      queues = Arrays.copyOf(queues, 2 * index);
    }
    queues[index] = queue;
    return index;
  }

  /** Removes a work queue, whose further completions have no results. */
  void remove(WorkQueue queue) {
    for (int i = 0; i < queues.length; i++) {
      if (queues[i] == queue) {
        queues[i] = null;
      }
    }
  }

  /**
   * Removes a work queue of which completions may still come: another that had its index would take
   * them for its own.
   */
  void removeForGood(WorkQueue queue) {
    int index = Arrays.asList(queues).indexOf(queue);
    if (index >= 0) {
      lost.set(index);
      remove(queue);
    }
  }

  /** Registers a queue pair that receives from an SRQ. */
  void addSharing(QueuePair qp) {
    sharingQps.put(qp.number(), qp);
  }

  void removeSharing(QueuePair qp) {
    if (sharingQps.get(qp.number()) == qp) { // the number may have been reused
      sharingQps.remove(qp.number());
    }
  }

  /** The queue pairs of all work queues. */
  Set<QueuePair> queuePairs() {
    Set<QueuePair> qps = new LinkedHashSet<>();
    for (WorkQueue queue : queues) {
      if (queue != null) {
        qps.add(queue.qp);
      }
    }
    return qps;
  }

  /** The work queue of a completion, or null if it has none or is an SRQ's. */
  @Nullable WorkQueue queueOf(long wc) {
    long id = (long) WC_ID.get(ALL, wc);
    return id < 0 ? null : queues[WorkQueue.queueOf(id)];
  }

  /** The position in its work queue of a completion's request. */
  int positionOf(long wc) {
    return WorkQueue.positionOf((long) WC_ID.get(ALL, wc));
  }

  // --- results

  /**
   * Translates completions, at least one.
   *
   * @param extended whether the results are NDK_RESULT_EX
   * @return the number of results, fewer than completions if some were the provider's own
   */
  int translateAll(long completions, int taken, long results, boolean extended) {
    int size = extended ? NdkResultsEx.SIZE : NdkResults.SIZE;
    long next = results;
    long wc = completions;
    long end = wc + taken * WC_SIZE;
    do {
      int run = extended ? 0 : translateRun(wc, end, next);
      if (run > 0) {
        wc += run * WC_SIZE;
        next += (long) run * size;
      } else {
        next += translate(at(wc), at(next), extended) ? size : 0;
        wc += WC_SIZE;
      }
    } while (wc != end);
    return (int) ((next - results) / size);
  }

  /**
   * Translates the successes at the front that are of the same queue and kind, as most in a row
   * are; returns how many.
   */
  private int translateRun(long completions, long end, long results) {
    long first = (long) WC_ID.get(ALL, at(completions));
    int kind = WorkQueue.kindOf(first);
    WorkQueue queue = first < 0 ? null : queues[WorkQueue.queueOf(first)];
    if (queue == null || WrKind.isHidden(kind, true)) {
      return 0;
    }
    boolean receives = kind == WrKind.RECEIVE;
    long[] contexts = queue.contexts;
    long qpContext = queue.qpContext;
    long target = results;
    long wc = completions;
    long id = first;
    do {
      boolean success = (int) WC_STATUS.get(ALL, at(wc)) == 0;
      long next = (long) WC_ID.get(ALL, at(wc));
      if (!success || !WorkQueue.isSameButPosition(next, first) || (receives && !isPlain(at(wc)))) {
        break;
      }
      id = next;
      long context = contexts[WorkQueue.positionOf(id) & contexts.length - 1];
      int bytes = (int) WC_BYTE_LEN.get(ALL, at(wc));
      ResultLayout.writeSuccess(at(target), bytes, qpContext, context);
      target += NdkResults.SIZE;
      wc += WC_SIZE;
    } while (wc != end);
    if (wc != completions) {
      queue.retire(WorkQueue.positionOf(id)); // the poster may reuse the slots
    }
    return (int) ((wc - completions) / WC_SIZE);
  }

  /** Translates one completion; false if it was the provider's own. */
  boolean translate(long wc, long target, boolean extended) {
    long id = (long) WC_ID.get(ALL, wc);
    boolean success = (int) WC_STATUS.get(ALL, wc) == 0;
    if (id < 0) {
      return translateShared((int) id, wc, success, target, extended);
    }
    WorkQueue queue = queues[WorkQueue.queueOf(id)];
    if (queue == null) {
      return false; // too late: its result has been synthesized
    }
    int position = WorkQueue.positionOf(id);
    int kind = WorkQueue.kindOf(id);
    long context = queue.contextOf(position);
    queue.retire(position); // the poster may reuse the slot
    if (WrKind.isHidden(kind, success)) {
      return false;
    }
    if (success && (kind != WrKind.RECEIVE || isPlain(wc))) {
      int bytes = (int) WC_BYTE_LEN.get(ALL, wc);
      ResultLayout.writeSuccess(target, bytes, queue.qpContext, context);
      if (extended) {
        ResultLayout.writeExtension(target, WrKind.type(kind), 0, 0);
      }
    } else if (success) {
      translateReceive(wc, queue.qp, context, target, extended);
    } else {
      translateFailure(wc, queue.qp, WrKind.type(kind), context, target, extended);
    }
    return true;
  }

  /** Whether a receive has neither immediate data nor an invalidation. */
  private boolean isPlain(long wc) {
    return ((int) WC_FLAGS.get(ALL, wc) & (withInvalidate | RdmaCore.IBV_WC_WITH_IMM())) == 0;
  }

  /** Translates the completion of an SRQ's receive, for the queue pair that consumed it. */
  private boolean translateShared(
      int slot, long wc, boolean success, long target, boolean extended) {
    QueuePair qp = sharingQps.get((int) WC_QP_NUM.get(ALL, wc));
    if (qp == null) {
      return false;
    }
    long context = Objects.requireNonNull(qp.srq).complete(slot);
    if (success) {
      translateReceive(wc, qp, context, target, extended);
    } else {
      translateFailure(wc, qp, NdkOperationType.RECEIVE, context, target, extended);
    }
    return true;
  }

  private void translateReceive(
      long wc, QueuePair qp, long context, long target, boolean extended) {
    NdkOperationType type = NdkOperationType.RECEIVE;
    int output = 0;
    int flags = (int) WC_FLAGS.get(ALL, wc);
    if ((flags & withInvalidate) != 0) {
      output = (int) WC_IMMEDIATE.get(ALL, wc);
      type = NdkOperationType.RECEIVE_AND_INVALIDATE;
      qp.pd.memory().windows().invalidatedByPeer(output);
    } else if ((flags & RdmaCore.IBV_WC_WITH_IMM()) != 0) {
      output = NetworkOrder.of((int) WC_IMMEDIATE.get(ALL, wc));
      type =
          (int) WC_OPCODE.get(ALL, wc) == RdmaCore.IBV_WC_RECV_RDMA_WITH_IMM()
              ? NdkOperationType.RECEIVE_WRITE_WITH_IMMEDIATE
              : NdkOperationType.RECEIVE_WITH_IMMEDIATE;
    }
    ResultLayout.writeSuccess(target, (int) WC_BYTE_LEN.get(ALL, wc), qp.context, context);
    if (extended) {
      ResultLayout.writeExtension(target, type, 0, output);
    }
  }

  private void translateFailure(
      long wc, QueuePair qp, NdkOperationType type, long context, long target, boolean extended) {
    int wcStatus = (int) WC_STATUS.get(ALL, wc);
    NdkStatus status = Statuses.ofWc(wcStatus, type, softRoce);
    if (status == NdkStatus.CANCELLED
        && type != NdkOperationType.RECEIVE
        && qp.isEndedByDeviceAlone()) {
      status = NdkStatus.INTERNAL_ERROR; // the first failure, reported by the device as flushed
    }
    int vendorError = (int) WC_VENDOR_ERR.get(ALL, wc) & 0xFF_FFFF;
    int providerError = wcStatus << 24 | vendorError;
    qp.recordFailure(status, type, context, providerError);
    if (status != NdkStatus.CANCELLED) {
      qp.failedInDevice();
    }
    ResultLayout.writeResult(target, status, 0, qp.context, context);
    if (extended) {
      ResultLayout.writeExtension(target, type, providerError, 0);
    }
  }
}

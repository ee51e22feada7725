package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.ImmediateData;
import org.verbena.ndk.extension.RemoteAtomics;

/** What a queue pair can do beyond NDKPI. */
final class QpExtensions implements ImmediateData, RemoteAtomics {
  private final SendQueue queue;

  QpExtensions(SendQueue queue) {
    this.queue = queue;
  }

  @Override
  public NdkStatus sendWithImmediate(
      long requestContext, NdkSgl sgl, int nSge, int immediate, int flags) {
    return queue.post(
        RdmaCore.IBV_WR_SEND_WITH_IMM(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        0,
        networkOrder(immediate),
        flags,
        VerbsQp.SEND_FLAGS);
  }

  @Override
  public NdkStatus writeWithImmediate(
      long requestContext,
      NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags) {
    return queue.post(
        RdmaCore.IBV_WR_RDMA_WRITE_WITH_IMM(),
        NdkOperationType.WRITE,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        networkOrder(immediate),
        flags,
        VerbsQp.SEND_FLAGS);
  }

  @Override
  public NdkStatus compareAndSwap(
      long requestContext,
      NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long expected,
      long replacement,
      int flags) {
    return atomic(
        RdmaCore.IBV_WR_ATOMIC_CMP_AND_SWP(),
        NdkOperationType.COMPARE_AND_SWAP,
        requestContext,
        sgl,
        remoteAddress,
        remoteToken,
        expected,
        replacement,
        flags);
  }

  @Override
  public NdkStatus fetchAndAdd(
      long requestContext,
      NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long addend,
      int flags) {
    return atomic(
        RdmaCore.IBV_WR_ATOMIC_FETCH_AND_ADD(),
        NdkOperationType.FETCH_AND_ADD,
        requestContext,
        sgl,
        remoteAddress,
        remoteToken,
        addend,
        0,
        flags);
  }

  private NdkStatus atomic(
      int opcode,
      NdkOperationType type,
      long requestContext,
      NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long compareOrAdd,
      long swap,
      int flags) {
    if (sgl == null
        || remoteAddress % Long.BYTES != 0
        || sgl.segment().get(JAVA_INT, 8) != Long.BYTES) {
      return NdkStatus.INVALID_PARAMETER;
    }
    return queue.postAtomic(
        opcode,
        type,
        requestContext,
        sgl,
        remoteAddress,
        remoteToken,
        compareOrAdd,
        swap,
        flags,
        VerbsQp.COMMON_FLAGS);
  }

  /** A number in the byte order of immediate data, and back. */
  static int networkOrder(int value) {
    return Integer.reverseBytes(value); // the binding is for little-endian machines only
  }
}

package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkOpFlags;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.PreparedRequests;

/** Prepared requests as their consumer sees them: validates what is set and changed. */
final class PreparedBatch implements PreparedRequests.Batch {
  private final SendQueue queue;
  private final PreparedWrs wrs;

  PreparedBatch(SendQueue queue, PreparedWrs wrs) {
    this.queue = queue;
    this.wrs = wrs;
  }

  @Override
  public int size() {
    return wrs.size();
  }

  // --- setting

  @Override
  public NdkStatus setSend(
      int index, long requestContext, @Nullable NdkSgl sgl, int nSge, int flags) {
    return set(
        index,
        RdmaCore.IBV_WR_SEND(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        flags,
        SendQueue.SEND_FLAGS);
  }

  @Override
  public NdkStatus setSendAndInvalidate(
      int index, long requestContext, @Nullable NdkSgl sgl, int nSge, int flags, int remoteToken) {
    if (!queue.qp.adapter.traits().sendsWithInvalidate()) {
      return NdkStatus.NOT_SUPPORTED;
    }
    return set(
        index,
        RdmaCore.IBV_WR_SEND_WITH_INV(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        remoteToken,
        flags,
        SendQueue.SEND_FLAGS);
  }

  @Override
  public NdkStatus setRead(
      int index,
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    NdkStatus status =
        set(
            index,
            RdmaCore.IBV_WR_RDMA_READ(),
            NdkOperationType.READ,
            requestContext,
            sgl,
            nSge,
            0,
            flags,
            SendQueue.READ_FLAGS);
    return withRemote(status, index, remoteAddress, remoteToken);
  }

  @Override
  public NdkStatus setWrite(
      int index,
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    NdkStatus status =
        set(
            index,
            RdmaCore.IBV_WR_RDMA_WRITE(),
            NdkOperationType.WRITE,
            requestContext,
            sgl,
            nSge,
            0,
            flags,
            SendQueue.WRITE_FLAGS);
    return withRemote(status, index, remoteAddress, remoteToken);
  }

  private NdkStatus withRemote(NdkStatus status, int index, long address, int token) {
    if (status == NdkStatus.SUCCESS) {
      remote(index, address, token);
    }
    return status;
  }

  private NdkStatus set(
      int index,
      int opcode,
      NdkOperationType type,
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      int immediate,
      int requestFlags,
      int allowedFlags) {
    Objects.checkIndex(index, size());
    NdkStatus status =
        queue.checkForm(
            type, sgl, nSge, requestFlags, allowedFlags & ~NdkOpFlags.NDK_OP_FLAG_DEFER);
    if (status != NdkStatus.SUCCESS) {
      return status;
    }
    int count = nSge;
    if ((requestFlags & NdkOpFlags.NDK_OP_FLAG_INLINE) != 0) {
      MemorySegment own = wrs.inlineBytes(index, wrs.inlineSize);
      long bytes = Sges.gather(sgl, nSge, own, 0, wrs.inlineSize);
      if (bytes < 0) {
        return Sges.statusOf(bytes);
      }
      count = bytes == 0 ? 0 : 1;
      Sges.set(wrs.elementsOf(index), own.address(), (int) bytes, 0);
    } else {
      status = queue.copyElements(sgl, nSge, wrs.elementsOf(index));
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
    }
    int kind = type.ordinal();
    int sendFlags = SendQueue.sendFlags(requestFlags, kind);
    wrs.contexts[index] = requestContext;
    wrs.idBases[index] = queue.idBase(kind);
    wrs.set(index, count, opcode, kind, requestFlags, sendFlags, immediate);
    Reference.reachabilityFence(wrs);
    return NdkStatus.SUCCESS;
  }

  // --- changing

  @Override
  public void requestContext(int index, long requestContext) {
    wrs.contexts[index] = requestContext;
  }

  @Override
  public void remote(int index, long remoteAddress, int remoteToken) {
    wrs.setRemote(Objects.checkIndex(index, size()), remoteAddress, remoteToken);
    Reference.reachabilityFence(wrs);
  }

  @Override
  public void element(
      int index, int element, MemorySegment buffer, long bufferOffset, long length, int token) {
    int count = wrs.elementCount(Objects.checkIndex(index, size()));
    Objects.checkIndex(element, count);
    if (!buffer.isNative()) {
      throw new IllegalArgumentException("the buffer is on the heap; RDMA needs native memory");
    }
    Objects.checkFromIndexSize(bufferOffset, length, buffer.byteSize());
    long list = wrs.elementsOf(index);
    long others = count == 1 ? 0 : Sges.lengthWithout(element, list, count);
    if (length > Sges.MAX_LENGTH || others + length > queue.qp.adapter.maxTransferLength()) {
      throw new IllegalArgumentException(
          "a request of " + (others + length) + " bytes is longer than the device's limit");
    }
    Sges.set(
        list + (long) element * NdkSgl.SIZE, buffer.address() + bufferOffset, (int) length, token);
    Reference.reachabilityFence(wrs);
  }

  @Override
  public MemorySegment inlineBytes(int index) {
    boolean inline = wrs.isInline(Objects.checkIndex(index, size()));
    return wrs.inlineBytes(index, inline ? Sges.length(wrs.elementsOf(index)) : 0);
  }

  @Override
  public NdkStatus post(int first, int count) {
    NdkStatus status = queue.post(wrs, first, count);
    Reference.reachabilityFence(wrs);
    return status;
  }
}

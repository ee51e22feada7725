package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkOpFlags;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.PreparedRequests;

/**
 * Native work requests that their consumer keeps, linked in order. The queue pair may be closed at
 * any time, so that their memory is not the queue pair's.
 */
final class PreparedBatch implements PreparedRequests.Batch {
  private static final byte UNSET = -1;

  private final SendQueue queue;
  private final int maxSge;
  private final int inlineSize;

  @SuppressWarnings("unused") // keeps the memory
  private final MemorySegment requests;

  private final long requestsAddress;
  private final MemorySegment elements;
  private final MemorySegment inlineBytes;

  // By request; read by the queue.
  final long[] contexts;
  final byte[] kinds; // WrKind, of one that is not silent
  final long[] idBases;
  final int[] flags; // NDK_OP_FLAG_*

  private int unset;

  /** Whether any request has ever been silent. */
  private boolean silent;

  /**
   * The request that is linked to none though it may not be the last; guarded by the queue's lock.
   */
  private int end;

  PreparedBatch(SendQueue queue, int size, int maxSge, int inlineSize) {
    this.queue = queue;
    this.maxSge = maxSge;
    this.inlineSize = inlineSize;
    Arena arena = Arena.ofAuto();
    requests = arena.allocate(size * SendWr.SIZE, 64);
    requestsAddress = requests.address();
    elements = arena.allocate((long) size * Math.max(1, maxSge) * NdkSgl.SIZE, NdkSgl.SIZE);
    inlineBytes = arena.allocate((long) size * inlineSize, 8);
    contexts = new long[size];
    kinds = new byte[size];
    idBases = new long[size];
    flags = new int[size];
    end = size - 1;
    for (int i = 0; i < size; i++) {
      long wr = at(address(i));
      SendWr.SG_LIST.set(ALL, wr, elementsOf(i));
      SendWr.NEXT.set(ALL, wr, i == end ? 0 : address(i + 1));
    }
    Arrays.fill(kinds, UNSET);
    unset = size;
  }

  private long elementsOf(int index) {
    return elements.address() + (long) index * Math.max(1, maxSge) * NdkSgl.SIZE;
  }

  @Override
  public int size() {
    return contexts.length;
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
      MemorySegment own = inlineBytes.asSlice((long) index * inlineSize, inlineSize);
      long bytes = Sges.gather(sgl, nSge, own, 0, inlineSize);
      if (bytes < 0) {
        return bytes == Sges.TOO_LONG ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.ACCESS_VIOLATION;
      }
      count = bytes == 0 ? 0 : 1;
      Sges.set(elementsOf(index), own.address(), (int) bytes, 0);
    } else {
      status = queue.copyElements(sgl, nSge, elementsOf(index));
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
    }
    long wr = at(address(index));
    SendWr.NUM_SGE_AND_OPCODE.set(ALL, wr, SendWr.pair(count, opcode));
    contexts[index] = requestContext;
    unset -= kinds[index] == UNSET ? 1 : 0;
    kinds[index] = (byte) type.ordinal();
    idBases[index] = queue.idBase(kinds[index]);
    flags[index] = requestFlags;
    silent |= (requestFlags & NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS) != 0;
    SendWr.FLAGS_AND_IMMEDIATE.set(
        ALL, wr, SendWr.pair(SendQueue.sendFlags(requestFlags, kinds[index]), immediate));
    Reference.reachabilityFence(this);
    return NdkStatus.SUCCESS;
  }

  // --- changing

  @Override
  public void requestContext(int index, long requestContext) {
    contexts[index] = requestContext;
  }

  @Override
  public void remote(int index, long remoteAddress, int remoteToken) {
    long wr = at(address(Objects.checkIndex(index, size())));
    SendWr.REMOTE_ADDR.set(ALL, wr, remoteAddress);
    SendWr.RKEY.set(ALL, wr, remoteToken);
    Reference.reachabilityFence(this);
  }

  @Override
  public void element(
      int index, int element, MemorySegment buffer, long bufferOffset, long length, int token) {
    long wr = at(address(Objects.checkIndex(index, size())));
    boolean inline = (flags[index] & NdkOpFlags.NDK_OP_FLAG_INLINE) != 0;
    int count = inline ? 0 : (int) (long) SendWr.NUM_SGE_AND_OPCODE.get(ALL, wr);
    Objects.checkIndex(element, count);
    if (!buffer.isNative()) {
      throw new IllegalArgumentException("the buffer is on the heap; RDMA needs native memory");
    }
    Objects.checkFromIndexSize(bufferOffset, length, buffer.byteSize());
    long list = elementsOf(index);
    long others = count == 1 ? 0 : Sges.lengthWithout(element, list, count);
    if (length > Sges.MAX_LENGTH || others + length > queue.qp.adapter.maxTransferLength()) {
      throw new IllegalArgumentException(
          "a request of " + (others + length) + " bytes is longer than the device's limit");
    }
    Sges.set(
        list + (long) element * NdkSgl.SIZE, buffer.address() + bufferOffset, (int) length, token);
    Reference.reachabilityFence(this);
  }

  @Override
  public MemorySegment inlineBytes(int index) {
    boolean inline =
        (flags[Objects.checkIndex(index, size())] & NdkOpFlags.NDK_OP_FLAG_INLINE) != 0;
    long length = inline ? Sges.length(elementsOf(index)) : 0;
    return inlineBytes.asSlice((long) index * inlineSize, length);
  }

  // --- posting

  @Override
  public NdkStatus post(int first, int count) {
    NdkStatus status = queue.post(this, first, count);
    Reference.reachabilityFence(this);
    return status;
  }

  // Called under the queue's lock.

  long address(int index) {
    return requestsAddress + index * SendWr.SIZE;
  }

  boolean isSet(int first, int end) {
    if (unset > 0) {
      for (int i = first; i < end; i++) {
        if (kinds[i] == UNSET) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether a request may be silent. */
  boolean hasSilent() {
    return silent;
  }

  void setId(int index, long id) {
    SendWr.ID.set(ALL, at(address(index)), id);
  }

  void setSendFlags(int index, int sendFlags) {
    SendWr.FLAGS.set(ALL, at(address(index)), sendFlags);
  }

  /** Links the requests, but for the one that is the last of a run. */
  void endAt(int last) {
    if (last != end) {
      if (end < size() - 1) {
        SendWr.NEXT.set(ALL, at(address(end)), address(end + 1));
      }
      SendWr.NEXT.set(ALL, at(address(last)), 0L);
      end = last;
    }
  }
}

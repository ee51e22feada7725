package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.verbena.ndk.NdkOpFlags;
import org.verbena.ndk.NdkSgl;

/**
 * Native work requests that their consumer keeps, linked in order, each with its own elements and
 * inline bytes. The queue pair may be closed at any time, so that the memory is not the queue
 * pair's: whoever uses an address keeps this reachable.
 */
final class PreparedWrs {
  private static final byte UNSET = -1;

  final int inlineSize;

  // By request.
  final long[] contexts;
  final byte[] kinds; // WrKind, of one that is not silent
  final long[] idBases;
  final int[] flags; // NDK_OP_FLAG_*

  private final long requestsAddress;
  private final MemorySegment elements; // keeps the requests, too: all are of one arena
  private final long elementsStride;
  private final MemorySegment inlineBytes;

  private int unset;

  /** Whether any request has ever been silent. */
  private boolean silent;

  /** The only request that is not linked to the next; guarded by the lock of the queue. */
  private int end;

  PreparedWrs(int size, int maxSge, int inlineSize) {
    this.inlineSize = inlineSize;
    Arena arena = Arena.ofAuto();
    requestsAddress = arena.allocate(size * SendWr.SIZE, 64).address();
    elementsStride = (long) NdkSgl.SIZE * Math.max(1, maxSge);
    elements = arena.allocate(size * elementsStride, NdkSgl.SIZE);
    inlineBytes = arena.allocate((long) size * inlineSize, 8);
    contexts = new long[size];
    kinds = new byte[size];
    idBases = new long[size];
    flags = new int[size];
    unset = size;
    end = size - 1;
    Arrays.fill(kinds, UNSET);
    for (int i = 0; i < size; i++) {
      SendWr.SG_LIST.set(ALL, at(address(i)), elementsOf(i));
      SendWr.NEXT.set(ALL, at(address(i)), i == end ? 0 : address(i + 1));
    }
  }

  int size() {
    return contexts.length;
  }

  long address(int index) {
    return requestsAddress + index * SendWr.SIZE;
  }

  /** The address of room for the elements of a request. */
  long elementsOf(int index) {
    return elements.address() + index * elementsStride;
  }

  /** The first of the inline bytes of a request. */
  MemorySegment inlineBytes(int index, long length) {
    return inlineBytes.asSlice((long) index * inlineSize, length);
  }

  boolean isInline(int index) {
    return (flags[index] & NdkOpFlags.NDK_OP_FLAG_INLINE) != 0;
  }

  /** How many elements of its own a request has; none if it is inline. */
  int elementCount(int index) {
    return isInline(index) ? 0 : (int) SendWr.NUM_SGE.get(ALL, at(address(index)));
  }

  /**
   * Sets a request whose elements have been written.
   *
   * @param opcode IBV_WR_*
   * @param kind its {@link WrKind}
   * @param ndkFlags NDK_OP_FLAG_*
   * @param sendFlags IBV_SEND_*
   * @param invalidated the token to invalidate, if any
   */
  void set(
      int index, int sgeCount, int opcode, int kind, int ndkFlags, int sendFlags, int invalidated) {
    long wr = at(address(index));
    SendWr.NUM_SGE_AND_OPCODE.set(ALL, wr, SendWr.pair(sgeCount, opcode));
    SendWr.FLAGS_AND_IMMEDIATE.set(ALL, wr, SendWr.pair(sendFlags, invalidated));
    unset -= kinds[index] == UNSET ? 1 : 0;
    kinds[index] = (byte) kind;
    flags[index] = ndkFlags;
    silent |= (ndkFlags & NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS) != 0;
  }

  void setRemote(int index, long address, int token) {
    SendWr.REMOTE_ADDR.set(ALL, at(address(index)), address);
    SendWr.RKEY.set(ALL, at(address(index)), token);
  }

  // --- posting, under the lock of the queue

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

  /** Links each request to the next, but for the last of a run. */
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

package org.verbena.examples.nvmf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.verbena.ndk.NdkSgl;

/**
 * The slots of an I/O queue: a command in each, and what it still awaits before its I/O ends. Slots
 * are reused: an I/O allocates nothing. For the queue's thread.
 */
final class IoSlots implements AutoCloseable {
  /** No slot is free. */
  static final int NONE = -1;

  // What a command awaits.
  static final byte RESPONSE = 1;
  static final byte SENT = 2;
  static final byte INVALIDATED = 4;

  /** A command is late once it has been in flight for more ticks than this. */
  static final int TICKS_PER_TIMEOUT = 8;

  private static final IoHandler NO_HANDLER = (_, _) -> {};

  final int depth;

  /** The submission queue entries, {@link Command#SIZE} bytes each. */
  final MemorySegment commands;

  private final IoBuffer memory;
  private final NdkSgl[] capsules;
  private final boolean[] withData; // in the capsule
  private final byte[] awaited;
  private final byte[] resends;
  private final int[] since; // the last tick before the send
  private final int[] statuses;
  private final long[] contexts;
  private final IoHandler[] handlers;
  private final int[] free;
  private int freeCount;
  private int ticks;

  IoSlots(NvmfHost host, int depth) throws IOException {
    this.depth = depth;
    memory = host.allocate((long) depth * Command.SIZE);
    commands = memory.memory();
    capsules = new NdkSgl[depth];
    withData = new boolean[depth];
    awaited = new byte[depth];
    resends = new byte[depth];
    since = new int[depth];
    statuses = new int[depth];
    contexts = new long[depth];
    handlers = new IoHandler[depth];
    Arrays.fill(handlers, NO_HANDLER);
    free = new int[depth];
    for (int slot = 0; slot < depth; slot++) {
      MemorySegment command = commands.asSlice(at(slot), Command.SIZE);
      capsules[slot] = new NdkSgl(2).set(0, command, memory.localToken());
      free[freeCount++] = depth - 1 - slot;
    }
  }

  /** The offset of a slot's command. */
  static long at(int slot) {
    return (long) slot * Command.SIZE;
  }

  int inFlight() {
    return depth - freeCount;
  }

  // --- a command from start to end

  /** Takes a free slot and begins its command; returns {@link #NONE} if none is free. */
  int begin(int opcode, Namespace namespace, long context, IoHandler handler) {
    if (freeCount == 0) {
      return NONE;
    }
    int slot = free[--freeCount];
    contexts[slot] = context;
    handlers[slot] = handler;
    withData[slot] = false;
    resends[slot] = 0;
    Command.begin(commands, at(slot), opcode, slot, namespace.id());
    return slot;
  }

  /** Sends data with the command, in its capsule. */
  void putInCapsule(int slot, IoBuffer buffer, long offset, int length) {
    Command.inCapsule(commands, at(slot), 0, length);
    capsules[slot].set(1, buffer.memory(), offset, length, buffer.localToken());
    withData[slot] = true;
  }

  /** Sets what a command awaits, before it is sent. */
  void sending(int slot) {
    // The device owns in-capsule data until the send has completed; other data has been
    // transferred when the target responds.
    awaited[slot] = withData[slot] ? (byte) (RESPONSE | SENT) : RESPONSE;
    since[slot] = ticks;
  }

  /** Adds the invalidation of the window: until then the target can access the memory. */
  void awaitInvalidation(int slot) {
    awaited[slot] |= INVALIDATED;
  }

  boolean awaits(int slot, byte what) {
    return (awaited[slot] & what) != 0;
  }

  /** Whether the slot has a command in flight. */
  boolean isUsed(int slot) {
    return awaited[slot] != 0;
  }

  /** Records an arrival; returns whether it was the last that the command awaited. */
  boolean arrived(int slot, byte what) {
    if ((awaited[slot] & what) == 0) {
      return false;
    }
    awaited[slot] &= (byte) ~what;
    return awaited[slot] == 0;
  }

  void setStatus(int slot, int status) {
    statuses[slot] = status;
  }

  int status(int slot) {
    return statuses[slot];
  }

  /** Frees the slot and calls the handler of its I/O. */
  void end(int slot, int status) {
    IoHandler handler = handlers[slot];
    awaited[slot] = 0;
    handlers[slot] = NO_HANDLER; // keeps nothing of the consumer's
    free[freeCount++] = slot;
    handler.completed(contexts[slot], status);
  }

  // --- sending

  /** The capsule: the command, and the data if {@link #hasData}. */
  NdkSgl capsule(int slot) {
    return capsules[slot];
  }

  boolean hasData(int slot) {
    return withData[slot];
  }

  /** Counts a resend; returns how many there have been. */
  int countResend(int slot) {
    return ++resends[slot];
  }

  int resends(int slot) {
    return resends[slot];
  }

  // --- time-outs

  /** Counts a tick; returns whether any command is late. */
  boolean tick() {
    ticks++;
    for (int slot = 0; slot < depth; slot++) {
      if (awaited[slot] != 0 && ticks - since[slot] > TICKS_PER_TIMEOUT) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    memory.close();
  }
}

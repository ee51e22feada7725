package org.verbena.ndk.verbs.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.MemoryBarrier;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * The lock of a queue of the data path: a biased spin lock. NDKPI lets one thread at a time use a
 * queue, and that is nearly always the same one: after many turns in a row the lock is biased
 * towards it, and it locks without an atomic instruction, of which a request and its result would
 * need two. The lock is there for flush and close, which may come at any time, and for consumers
 * that break the rule. Not reentrant; held for a few calls into the driver at most.
 *
 * <p>The owner of the bias announces that it is inside, then checks whether the bias is revoked;
 * another thread revokes the bias, then checks whether the owner is inside. On both sides the store
 * must come before the load. The owner's fences order them for the compiler only; the other thread
 * orders them for the processor, by a barrier on all threads. Where the system has no such barrier,
 * the lock is never biased.
 */
final class BiasedLock {
  /** Turns in a row that bias the lock: they pay for the next revocation. */
  private static final int TURNS = 1000;

  private static final boolean OWNABLE = MemoryBarrier.isAvailable();
  private static final VarHandle INSIDE;
  private static final Owner NOBODY = new Owner(null);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      INSIDE = lookup.findVarHandle(Owner.class, "inside", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A bias towards a thread; never reused for another thread. */
  private static final class Owner {
    final @Nullable Thread thread;
    boolean inside; // written by the thread
    volatile boolean revoked = true; // written under the lock of turns

    Owner(@Nullable Thread thread) {
      this.thread = thread;
    }
  }

  /** Changes only under the lock of turns, while the bias is revoked and its owner not inside. */
  private Owner owner = NOBODY;

  /** What every thread takes but the owner of a bias that is not revoked. */
  private final SpinLock turns = new SpinLock();

  private @Nullable Thread latest; // guarded by turns
  private int inARow;

  void lock() {
    Owner own = owner;
    if (own.thread == Thread.currentThread()) {
      INSIDE.setOpaque(own, true);
      VarHandle.releaseFence();
      VarHandle.acquireFence();
      if (!own.revoked) {
        return;
      }
      INSIDE.setRelease(own, false);
    }
    takeTurn();
  }

  void unlock() {
    Owner own = owner;
    if (own.inside && own.thread == Thread.currentThread()) {
      INSIDE.setRelease(own, false);
    } else {
      endTurn();
    }
  }

  private void takeTurn() {
    Thread current = Thread.currentThread();
    turns.lock();
    Owner own = owner;
    if (!own.revoked) {
      try {
        revoke(own);
      } catch (Throwable e) { // the stack may be full
        own.revoked = false;
        turns.unlock();
        throw e;
      }
    }
    inARow = latest == current ? inARow + 1 : 0;
    latest = current;
  }

  private static void revoke(Owner own) {
    own.revoked = true;
    MemoryBarrier.onAllThreads();
    for (int spins = 1; (boolean) INSIDE.getAcquire(own); spins++) {
      SpinLock.pause(spins);
    }
  }

  private void endTurn() {
    if (OWNABLE && inARow >= TURNS) {
      bias();
    }
    turns.unlock();
  }

  private void bias() {
    try {
      if (owner.thread != latest) {
        owner = new Owner(latest);
      }
      owner.revoked = false;
    } catch (VirtualMachineError _) {
      inARow = 0; // no memory or stack now: another time
    }
  }
}

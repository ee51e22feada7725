package org.verbena.ndk.verbs.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.verbena.binding.MemoryBarrier;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * The lock of a queue of the data path. NDKPI lets one thread at a time use a queue, and that is
 * nearly always the same one: after many turns in a row it owns the lock, and takes it without an
 * atomic instruction, of which a request and its result would need two. The lock is there for flush
 * and close, which may come at any time, and for consumers that break the rule. Not reentrant; held
 * for a few calls into the driver at most.
 *
 * <p>The owner says that it is inside, then looks whether it is barred; another thread bars it,
 * then looks whether it is inside. On both sides the store must come before the load. The owner's
 * fences keep only the compiler from exchanging them; the other thread makes up for the processor
 * with a barrier on all threads. Where the system has no such barrier, nobody ever owns the lock.
 */
final class QueueLock {
  /** Turns in a row that make a thread the owner: they pay for the next barring. */
  private static final int TURNS = 1000;

  private static final boolean OWNABLE = MemoryBarrier.isAvailable();
  private static final VarHandle INSIDE;
  private static final VarHandle BARRED;
  private static final Owner NOBODY = new Owner(null);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      INSIDE = lookup.findVarHandle(Owner.class, "inside", boolean.class);
      BARRED = lookup.findVarHandle(Owner.class, "barred", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A thread that once had many turns in a row. It is never given to another thread. */
  private static final class Owner {
    final Thread thread;
    boolean inside; // written by the thread
    boolean barred = true; // written with the turns' lock

    Owner(Thread thread) {
      this.thread = thread;
    }
  }

  /** Changes only with the turns' lock and while the old one is barred and not inside. */
  private Owner owner = NOBODY;

  /** What all take but an owner that is not barred. */
  private final SpinLock turns = new SpinLock();

  private Thread latest; // guarded by turns
  private int inARow;

  void lock() {
    Owner own = owner;
    if (own.thread == Thread.currentThread()) {
      INSIDE.setOpaque(own, true);
      VarHandle.releaseFence();
      VarHandle.acquireFence();
      if (!(boolean) BARRED.getAcquire(own)) {
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
    if (!own.barred) {
      try {
        bar(own);
      } catch (Throwable e) { // the stack may be full
        BARRED.setRelease(own, false);
        turns.unlock();
        throw e;
      }
    }
    inARow = latest == current ? inARow + 1 : 0;
    latest = current;
  }

  private static void bar(Owner own) {
    BARRED.setVolatile(own, true);
    MemoryBarrier.onAllThreads();
    for (int spins = 1; (boolean) INSIDE.getAcquire(own); spins++) {
      SpinLock.pause(spins);
    }
  }

  private void endTurn() {
    if (OWNABLE && inARow >= TURNS) {
      if (owner.thread != latest) {
        owner = new Owner(latest);
      }
      BARRED.setRelease(owner, false);
    }
    turns.unlock();
  }
}

package org.verbena.ndk.verbs.adapter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A spin lock for short critical sections that are rarely contended. Not reentrant. */
public final class SpinLock {
  private static final int SPINS = 100;
  private static final VarHandle HELD;

  static {
    try {
      HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through HELD
  private boolean held;

  public void lock() {
    if (!HELD.compareAndSet(this, false, true)) {
      spin();
    }
  }

  public void unlock() {
    HELD.setRelease(this, false);
  }

  private void spin() {
    for (int spins = 1; !HELD.compareAndSet(this, false, true); spins++) {
      pause(spins);
    }
  }

  /** Pauses between two attempts; yields now and then. */
  public static void pause(int spins) {
    if (spins % SPINS == 0) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
  }
}

package org.verbena.ndk.verbs.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The tail of a work queue with padding around it, so that the poller, which moves the tail, and
 * the poster, which uses the other fields, do not share a cache line. The JVM lays out the fields
 * of a superclass before those of its subclasses.
 */
final class PaddedTail {
  private PaddedTail() {}

  /** The object's header is read by the poster, too. */
  @SuppressWarnings("unused") // padding
  abstract static class Before {
    private long b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16;
  }

  /** The tail itself. */
  abstract static class Value extends Before {
    private static final VarHandle TAIL;

    static {
      try {
        TAIL = MethodHandles.lookup().findVarHandle(Value.class, "tail", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private volatile int tail;

    Value(int tail) {
      this.tail = tail;
    }

    final int tail() {
      return tail;
    }

    /** A volatile write would wait until it has reached the memory. */
    final void setTail(int position) {
      TAIL.setRelease(this, position);
    }
  }

  /** What a work queue extends. */
  @SuppressWarnings("unused") // padding
  abstract static class After extends Value {
    private long a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;

    After(int tail) {
      super(tail);
    }
  }
}

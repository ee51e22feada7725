package org.verbena.binding;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * One C function of the control path, with errno captured as part of the call.
 *
 * <p>rdma-core reports failure in two ways that need errno; there is one method for each, and both
 * throw. The linker captures errno as part of the call, as the JVM may run other native code on the
 * thread before it could be read.
 */
final class ControlCall {
  static final Linker.Option CAPTURES_ERRNO = Linker.Option.captureCallState("errno");
  static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

  private final String name;
  private final MethodHandle handle;

  ControlCall(String name, MemorySegment address, FunctionDescriptor descriptor) {
    this.name = name;
    this.handle =
        Downcalls.handle(address, descriptor, CAPTURES_ERRNO)
            .asSpreader(1, Object[].class, descriptor.argumentLayouts().size());
  }

  /** Returns the errno that a call has left in its {@link #STATE}. */
  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** Calls a function that returns -1 and sets errno ({@code rdma_*}, {@code ibv_get_*_event}). */
  int orMinusOne(Object... arguments) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int result = (int) invoke(state, arguments);
      if (result < 0) {
        throw new ErrnoException(name, errno(state));
      }
      return result;
    }
  }

  /**
   * Calls a function that returns NULL and sets errno ({@code ibv_create_*}, {@code ibv_reg_mr}).
   */
  MemorySegment orNull(Object... arguments) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment result = (MemorySegment) invoke(state, arguments);
      if (result.address() == 0) {
        throw new ErrnoException(name, errno(state));
      }
      return result;
    }
  }

  private Object invoke(MemorySegment state, Object[] arguments) {
    try {
      return handle.invoke(state, arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
  }
}

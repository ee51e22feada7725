package org.verbena.binding;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * {@code membarrier(2)}: a memory barrier on all threads of the process, issued by one of them, so
 * that the others need none. The C library has no function for it. Any thread may call it.
 */
public final class MemoryBarrier {
  private static final long SYS_MEMBARRIER = Architecture.CURRENT.membarrier();
  private static final int MEMBARRIER_CMD_PRIVATE_EXPEDITED = 1 << 3;
  private static final int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 1 << 4;

  private static final MethodHandle SYSCALL =
      Downcalls.handle(
          Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(1));

  private static final boolean AVAILABLE =
      membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;

  private MemoryBarrier() {}

  /**
   * Returns whether the system supports it; old kernels and some containers do not.
   *
   * @return whether {@link #onAllThreads} works
   */
  public static boolean isAvailable() {
    return AVAILABLE;
  }

  /**
   * Issues a full barrier on every running thread of the process, between call and return. To be
   * called only where {@link #isAvailable}.
   */
  public static void onAllThreads() {
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
      throw new AssertionError("membarrier fails only where it is not available");
    }
  }

  private static long membarrier(int command) {
    try {
      return (long) SYSCALL.invokeExact(SYS_MEMBARRIER, command, 0, 0);
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing", e);
    }
  }
}

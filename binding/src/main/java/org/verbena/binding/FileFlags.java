package org.verbena.binding;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.verbena.binding.rdma.RdmaCore;

/** The status flags of an open file: {@code fcntl(2)}, which is variadic. */
public final class FileFlags {
  private static final MethodHandle FCNTL =
      Downcalls.handle(
          RdmaCore.fcntl.address(),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private FileFlags() {}

  /**
   * Makes a file non-blocking (O_NONBLOCK): reads that would wait fail with EAGAIN.
   *
   * @param file a file descriptor
   * @throws IllegalArgumentException if it is not one of an open file
   */
  public static void setNonBlocking(int file) {
    int flags = fcntl(file, RdmaCore.F_GETFL(), 0);
    if (flags < 0 || fcntl(file, RdmaCore.F_SETFL(), flags | RdmaCore.O_NONBLOCK()) < 0) {
      throw new IllegalArgumentException("not an open file: " + file);
    }
  }

  private static int fcntl(int file, int command, int argument) {
    try {
      return (int) FCNTL.invokeExact(file, command, argument);
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing", e);
    }
  }
}

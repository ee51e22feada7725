package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** The calls of rdma-core's libraries that src/test/c/failing.c counts and makes fail. */
@SuppressWarnings("restricted")
final class FailingCalls {
  private static final SymbolLookup PRELOADED =
      SymbolLookup.libraryLookup(System.getenv("LD_PRELOAD"), Arena.global());
  private static final MethodHandle CALLS =
      function("failing_calls", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle NAME =
      function("failing_name", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle COUNT =
      function("failing_count", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  private static final MethodHandle ARM =
      function("failing_arm", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FAILED =
      function("failing_failed", FunctionDescriptor.of(JAVA_INT));

  /** One call in a program's life: the n-th of a function, from 1. */
  record Point(int function, String name, long number) {
    @Override
    public String toString() {
      return name + " no. " + number;
    }
  }

  private FailingCalls() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(PRELOADED.findOrThrow(name), descriptor);
  }

  /** The calls since the last {@link #fail} or {@link #failNone}. */
  static List<Point> points() {
    List<Point> points = new ArrayList<>();
    int functions = (int) call(CALLS);
    for (int function = 0; function < functions; function++) {
      String name = ((MemorySegment) call(NAME, function)).reinterpret(Long.MAX_VALUE).getString(0);
      long count = (long) call(COUNT, function);
      for (long number = 1; number <= count; number++) {
        points.add(new Point(function, name, number));
      }
    }
    return points;
  }

  /** Makes one call fail, counted from now on. */
  static void fail(Point point, int errno) {
    call(ARM, point.function, point.number, errno);
  }

  static void failNone() {
    call(ARM, -1, 0L, 0);
  }

  /** Whether the call that was to fail has been made. */
  static boolean hasFailed() {
    return (int) call(FAILED) != 0;
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}

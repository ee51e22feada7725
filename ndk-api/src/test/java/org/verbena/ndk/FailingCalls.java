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
import org.verbena.binding.rdma.RdmaCore;

/**
 * Calls of rdma-core's libraries, which src/test/c/failing.c counts and makes fail. A program of
 * its own, started with failing.so preloaded. Its arguments are the functions that fail, with each
 * errno; without any all do, with the errno values in turn.
 */
@SuppressWarnings("restricted")
final class FailingCalls implements FailingLives.Failures {
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

  /** The manual pages name no other values, or none at all. */
  private static final List<Integer> ERRORS = List.of(RdmaCore.ENOMEM(), RdmaCore.EINVAL());

  private final List<String> functions;

  private FailingCalls(List<String> functions) {
    this.functions = functions;
  }

  static void main(String[] functions) throws Exception {
    FailingLives.liveAndExit(new FailingCalls(List.of(functions)));
  }

  /** One call in a program's life: the n-th of a function, from 1. */
  private record Call(int function, String kind, long number, int errno)
      implements FailingLives.Point {
    @Override
    public void arm() {
      call(ARM, function, number, errno);
    }

    @Override
    public String toString() {
      return kind + " no. " + number + " with errno " + errno;
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(PRELOADED.findOrThrow(name), descriptor);
  }

  @Override
  public List<Call> points() {
    List<Call> points = new ArrayList<>();
    int count = (int) call(CALLS);
    for (int function = 0; function < count; function++) {
      String name = ((MemorySegment) call(NAME, function)).reinterpret(Long.MAX_VALUE).getString(0);
      if (functions.isEmpty() || functions.contains(name)) {
        addCalls(function, name, points);
      }
    }
    return points;
  }

  private void addCalls(int function, String name, List<Call> points) {
    long count = (long) call(COUNT, function);
    if (name.equals("_ibv_query_gid_ex")) {
      count = Math.min(count, 2); // the table is long, and its entries are read in the same way
    }
    for (long number = 1; number <= count; number++) {
      for (int errno : errors(points.size())) {
        points.add(new Call(function, name, number, errno));
      }
    }
  }

  private List<Integer> errors(int before) {
    return functions.isEmpty() ? List.of(ERRORS.get(before % ERRORS.size())) : ERRORS;
  }

  @Override
  public void failNone() {
    call(ARM, -1, 0L, 0);
  }

  @Override
  public boolean hasFailed() {
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

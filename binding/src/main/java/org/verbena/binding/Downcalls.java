package org.verbena.binding;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes all downcall handles but jextract's, and records their descriptors and options: GraalVM
 * must know them when it builds an image (see {@link ReachabilityMetadata}).
 */
final class Downcalls {
  record Downcall(FunctionDescriptor descriptor, List<Linker.Option> options) {}

  private static final Set<Downcall> MADE = ConcurrentHashMap.newKeySet();

  private Downcalls() {}

  /** A handle that takes the function's address as its first argument. */
  static MethodHandle handle(FunctionDescriptor descriptor, Linker.Option... options) {
    MADE.add(new Downcall(descriptor, List.of(options)));
    return Linker.nativeLinker().downcallHandle(descriptor, options);
  }

  /** A handle of one function. */
  static MethodHandle handle(
      MemorySegment address, FunctionDescriptor descriptor, Linker.Option... options) {
    MADE.add(new Downcall(descriptor, List.of(options)));
    return Linker.nativeLinker().downcallHandle(address, descriptor, options);
  }

  /** The descriptors and options of the handles made so far. */
  static Set<Downcall> made() {
    return Set.copyOf(MADE);
  }
}

package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.time.Duration;

/** The devices that librdmacm keeps open, once it has used them. */
final class LibrdmacmDevices {
  private static final Duration POLL = Duration.ofMillis(100);

  private LibrdmacmDevices() {}

  /**
   * Lets go of a device whose removal waits for that. The kernel may list it for a while after its
   * removal has begun.
   */
  static void letGo(ChildProcess removal, Duration limit) throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (removal.isAlive() && System.nanoTime() < deadline) {
      refresh();
      Thread.sleep(POLL);
    }
    assertEquals(0, removal.exitCode(Duration.ZERO), removal.output());
  }

  /**
   * Lets go of those that have been removed, for which Soft-RoCE waits: rdma_get_devices compares
   * librdmacm's devices with the kernel's.
   */
  @SuppressWarnings("restricted")
  private static void refresh() {
    SymbolLookup librdmacm = SymbolLookup.libraryLookup("librdmacm.so.1", Arena.global());
    Linker linker = Linker.nativeLinker();
    try {
      MemorySegment list =
          (MemorySegment)
              linker
                  .downcallHandle(
                      librdmacm.findOrThrow("rdma_get_devices"),
                      FunctionDescriptor.of(ADDRESS, ADDRESS))
                  .invokeExact(MemorySegment.NULL);
      if (list.address() != 0) { // NULL: the kernel has no device, and nothing is compared
        linker
            .downcallHandle(
                librdmacm.findOrThrow("rdma_free_devices"), FunctionDescriptor.ofVoid(ADDRESS))
            .invokeExact(list);
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}

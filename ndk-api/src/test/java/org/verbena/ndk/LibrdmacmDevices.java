package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/** The devices that librdmacm keeps open, once it has used them. */
final class LibrdmacmDevices {
  private LibrdmacmDevices() {}

  /**
   * Lets go of those that have been removed, for which Soft-RoCE waits: rdma_get_devices compares
   * librdmacm's devices with the kernel's.
   */
  @SuppressWarnings("restricted")
  static void refresh() {
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

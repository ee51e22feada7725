package org.verbena.ndk.verbs.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkLogicalAddressMapping;

/** Checks NdkFastRegister's arguments against NDKPI's rules and those of a window. */
public final class FastRegistration {
  private static final int PAGE = NdkLogicalAddressMapping.PAGE_SIZE;

  private FastRegistration() {}

  /** Whether the pages are contiguous and hold the region, at its virtual address. */
  public static boolean fits(int pages, MemorySegment array, int fbo, long length, long base) {
    if (pages < 1
        || array.byteSize() < 8L * pages
        || fbo < 0
        || fbo >= PAGE
        || length < 1
        || length > (long) pages * PAGE - fbo) {
      return false;
    }
    long first = array.get(JAVA_LONG_UNALIGNED, 0);
    if (first % PAGE != 0 || base != first + fbo) {
      return false;
    }
    for (int i = 1; i < pages; i++) {
      if (array.get(JAVA_LONG_UNALIGNED, 8L * i) != first + (long) i * PAGE) {
        return false;
      }
    }
    return true;
  }
}

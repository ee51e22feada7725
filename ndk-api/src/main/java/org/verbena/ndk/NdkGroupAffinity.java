package org.verbena.ndk;

import java.util.Objects;

/**
 * GROUP_AFFINITY: processors of one group of 64.
 *
 * @param mask bit n stands for processor 64 {@code group} + n of Linux
 * @param group the group, from 0 to 65535
 */
public record NdkGroupAffinity(long mask, int group) {
  private static final int GROUP_SIZE = Long.SIZE;

  /**
   * Checks the group.
   *
   * @throws IllegalArgumentException if the group is out of range
   */
  public NdkGroupAffinity {
    if (group < 0 || group > 0xFFFF) {
      throw new IllegalArgumentException("group must be from 0 to 65535, not " + group);
    }
  }

  /**
   * Returns the affinity to one processor.
   *
   * @param processor its number in Linux, from 0
   * @return the affinity
   * @throws IllegalArgumentException if its group is out of range
   */
  public static NdkGroupAffinity ofProcessor(int processor) {
    return new NdkGroupAffinity(1L << processor % GROUP_SIZE, Math.floorDiv(processor, GROUP_SIZE));
  }

  /**
   * Returns the number of a processor in the mask.
   *
   * @param index its position among the mask's bits, from 0
   * @return its number in Linux
   * @throws IndexOutOfBoundsException if the mask has fewer
   */
  public int processor(int index) {
    Objects.checkIndex(index, Long.bitCount(mask));
    long rest = mask;
    for (int i = 0; i < index; i++) {
      rest &= rest - 1; // without its lowest bit
    }
    return group * GROUP_SIZE + Long.numberOfTrailingZeros(rest);
  }
}

package org.verbena.ndk.verbs.queue;

import org.jspecify.annotations.Nullable;

/**
 * NDKPI's interrupt moderation as {@code struct ibv_moderate_cq}; all numbers are unsigned.
 *
 * @param count the most completions to coalesce, 0 for no moderation
 * @param period the longest delay in microseconds, 0 for no moderation
 */
record CqModeration(int count, int period) {
  private static final CqModeration NONE = new CqModeration(0, 0);
  private static final int UNLIMITED = -1; // MAXULONG

  /**
   * Applies NDKPI's table.
   *
   * @return null if neither is limited, which is not allowed
   */
  static @Nullable CqModeration of(
      int interval, int count, int depth, int maxCount, int maxPeriod) {
    if (interval == 0 || Integer.compareUnsigned(count, 1) <= 0) {
      return NONE;
    }
    boolean anyCount = Integer.compareUnsigned(count, depth) > 0;
    boolean anyInterval = interval == UNLIMITED;
    if (anyCount && anyInterval) {
      return null;
    }
    return new CqModeration(
        anyCount ? maxCount : min(count, maxCount),
        anyInterval ? maxPeriod : min(interval, maxPeriod));
  }

  private static int min(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0 ? a : b;
  }
}

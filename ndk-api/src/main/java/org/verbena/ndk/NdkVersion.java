package org.verbena.ndk;

/**
 * NDK_VERSION.
 *
 * @param major versions with another one are different interfaces
 * @param minor each contains all that lower ones have
 */
public record NdkVersion(int major, int minor) {
  /** What this library implements. */
  public static final NdkVersion CURRENT = new NdkVersion(2, 1);

  @Override
  public String toString() {
    return major + "." + minor;
  }
}

package org.verbena.ndk;

/**
 * NDK_VERSION.
 *
 * @param major another one is another interface
 * @param minor each is a superset of the lower ones
 */
public record NdkVersion(int major, int minor) {
  /** The version that this library implements. */
  public static final NdkVersion CURRENT = new NdkVersion(2, 1);

  @Override
  public String toString() {
    return major + "." + minor;
  }
}

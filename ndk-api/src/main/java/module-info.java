/**
 * The Network Direct programming model (after Microsoft's NDKPI) for Java, over Linux rdma-core.
 *
 * <p>Everything a storage client needs is in {@link org.verbena.ndk}; start at {@link
 * org.verbena.ndk.NdkAdapter}. The file {@code CONFORMANCE.md} of this module lists NDKPI's 61
 * function types with the Java method that each is and the tests that cover it. Java must be
 * started with {@code --enable-native-access=org.verbena.binding} (or {@code ALL-UNNAMED} on the
 * class path).
 */
module org.verbena.ndk {
  requires org.verbena.binding;
  requires static org.jspecify;

  exports org.verbena.ndk;
  exports org.verbena.ndk.extension;
}

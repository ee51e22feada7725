package org.verbena.binding;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Map;

/** Checks, before the first call, that rdma-core can be called from this JVM. */
public final class RdmaLibraries {
  private static final Map<String, String> PACKAGE_OF =
      Map.of("libibverbs.so.1", "libibverbs1", "librdmacm.so.1", "librdmacm1");

  private RdmaLibraries() {}

  /**
   * Checks that libibverbs and librdmacm are installed and that native access is allowed.
   *
   * @throws UnsupportedOperationException if they cannot be called; the message says what to do
   */
  public static void require() {
    String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!platform.equals("Linux amd64")) {
      throw new UnsupportedOperationException(
          "the binding was generated for Linux on x86-64 and cannot be used on " + platform);
    }
    PACKAGE_OF.forEach(RdmaLibraries::require);
  }

  static void require(String library, String debianPackage) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(library, arena);
    } catch (IllegalCallerException e) {
      throw new UnsupportedOperationException(
          "native access is denied to "
              + moduleName()
              + "; start java with --enable-native-access="
              + moduleName(),
          e);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedOperationException(
          library
              + " was not found; install rdma-core's libraries (Debian, Ubuntu: apt install "
              + debianPackage
              + " ibverbs-providers; Fedora, RHEL: dnf install libibverbs librdmacm)",
          e);
    }
  }

  /** The name of this code for --enable-native-access. */
  private static String moduleName() {
    Module module = RdmaLibraries.class.getModule();
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }
}

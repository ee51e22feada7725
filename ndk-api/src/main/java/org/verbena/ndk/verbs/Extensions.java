package org.verbena.ndk.verbs;

import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/** Answers NdkQueryExtension. */
final class Extensions {
  private Extensions() {}

  /** Whether an implementation of one extension answers what was asked for. */
  static boolean matches(NdkExtension<?> asked, NdkExtension<?> offered) {
    NdkVersion version = offered.version();
    return asked.interfaceId().equals(offered.interfaceId())
        && asked.type() == offered.type()
        && asked.version().major() == version.major()
        && asked.version().minor() <= version.minor();
  }

  static NdkException notSupported(Object object, NdkExtension<?> asked) {
    return new NdkException(
        NdkStatus.NOT_SUPPORTED,
        object + " has no extension " + asked.interfaceId() + " version " + asked.version());
  }
}

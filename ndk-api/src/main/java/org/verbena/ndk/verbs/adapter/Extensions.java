package org.verbena.ndk.verbs.adapter;

import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/** Implements NdkQueryExtension. */
public final class Extensions {
  private Extensions() {}

  /** Whether an extension that is offered satisfies a query. */
  public static boolean matches(NdkExtension<?> asked, NdkExtension<?> offered) {
    NdkVersion version = offered.version();
    return asked.interfaceId().equals(offered.interfaceId())
        && asked.type() == offered.type()
        && asked.version().major() == version.major()
        && asked.version().minor() <= version.minor();
  }

  public static NdkException notSupported(Object object, NdkExtension<?> asked) {
    return new NdkException(
        NdkStatus.NOT_SUPPORTED,
        object + " has no extension " + asked.interfaceId() + " version " + asked.version());
  }
}

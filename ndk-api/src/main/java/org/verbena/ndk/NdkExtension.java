package org.verbena.ndk;

import java.util.Objects;
import java.util.UUID;

/**
 * Names an extension interface for {@link NdkObject#queryExtension}: the GUID and version of
 * NdkQueryExtension, and the Java type of the dispatch table behind it.
 *
 * @param <T> the extension's type
 * @param interfaceId its GUID
 * @param version its version; a provider offers the same major and the same or a higher minor
 *     version
 * @param type the class of {@code T}
 */
public record NdkExtension<T>(UUID interfaceId, NdkVersion version, Class<T> type) {
  /** Checks the arguments. */
  public NdkExtension {
    Objects.requireNonNull(interfaceId, "interfaceId");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(type, "type");
  }
}

/**
 * What Verbena offers beyond NDKPI, through {@link org.verbena.ndk.NdkObject#queryExtension}. The
 * interfaces run on the caller's thread, as the methods of their objects do.
 *
 * <p>None of this is part of NDKPI: a program that uses it is no longer portable to other
 * providers.
 */
@NullMarked
package org.verbena.ndk.extension;

import org.jspecify.annotations.NullMarked;

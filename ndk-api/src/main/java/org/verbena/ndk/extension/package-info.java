/**
 * What Verbena offers beyond NDKPI, each behind {@link org.verbena.ndk.NdkObject#queryExtension}.
 *
 * <p>None of this is part of NDKPI: a program that uses it is no longer portable to other
 * providers.
 */
@NullMarked
package org.verbena.ndk.extension;

import org.jspecify.annotations.NullMarked;

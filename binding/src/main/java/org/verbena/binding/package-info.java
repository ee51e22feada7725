/**
 * The hand-written half of the rdma-core binding: inline functions, errno, errors at start.
 *
 * <p>Its functions run on the caller's thread, and block where those of C do. The caller manages
 * the lifetime of native objects.
 */
@NullMarked
package org.verbena.binding;

import org.jspecify.annotations.NullMarked;

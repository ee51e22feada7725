/**
 * Memory regions, fast-register regions, memory windows and logical address mappings, in a
 * protection domain.
 *
 * <p>It posts its requests through {@code MemoryQueue} and does not know queue pairs. Registration
 * runs on the memory thread, or on the caller's; binds and invalidations on the consumer's threads,
 * under the locks of the queue and of the window; renewing and freeing windows on the control
 * thread.
 */
@NullMarked
package org.verbena.ndk.verbs.memory;

import org.jspecify.annotations.NullMarked;

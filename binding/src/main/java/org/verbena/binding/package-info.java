/** The hand-written half of the rdma-core binding: inlines, errno, start-up errors. */
@NullMarked
package org.verbena.binding;

import org.jspecify.annotations.NullMarked;

/**
 * Connectors, listeners and shared endpoints: NDKPI's connection flow as state machines over {@code
 * rdma_cm}. {@code CmId} wraps an {@code rdma_cm_id}.
 *
 * <p>A call claims its transition on the caller's thread; everything else runs on the control
 * thread.
 */
@NullMarked
package org.verbena.ndk.verbs.cm;

import org.jspecify.annotations.NullMarked;

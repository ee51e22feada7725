/**
 * Statuses: what errno values, completion statuses, connection events and asynchronous events are
 * in NDKPI. Pure functions, for any thread.
 */
@NullMarked
package org.verbena.ndk.verbs.status;

import org.jspecify.annotations.NullMarked;

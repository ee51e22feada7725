/**
 * Statuses: what errno values, completion statuses, connection events and asynchronous events are
 * in NDKPI. Pure functions, for any thread.
 */
package org.verbena.ndk.verbs.status;

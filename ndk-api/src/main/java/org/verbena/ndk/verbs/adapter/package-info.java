/**
 * An open device and what every object of it shares: {@code AdapterContext} with its threads,
 * tables and event channels, {@code VerbsObject} with NDKPI's close rules, {@code Dispatcher} with
 * the kernel's events, and {@code DeviceTrial}, which finds out what the device can do.
 *
 * <p>It knows nothing of queues, memory or connections: events find their object through the
 * interfaces {@code CompletionTarget} and {@code AsyncEventTarget}. Unless a method says otherwise,
 * any thread may call it.
 */
@NullMarked
package org.verbena.ndk.verbs.adapter;

import org.jspecify.annotations.NullMarked;

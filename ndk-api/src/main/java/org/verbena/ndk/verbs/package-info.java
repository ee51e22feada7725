/**
 * The provider: the NDK API over rdma-core. This package is the facade, which creates every object;
 * below it are these packages, each of which may use only those under it:
 *
 * <pre>
 *   verbs     the devices, the adapter, the protection domain: what creates the rest
 *   cm        connectors, listeners and shared endpoints over rdma_cm
 *   queue     queue pairs, completion queues, shared receive queues: the data path
 *   memory    regions, windows, logical address mappings
 *   adapter   the open device, its threads and event channels, the lifetime of objects
 *   status    errno values, completions and connection events as NTSTATUS
 * </pre>
 *
 * <p>There are four kinds of threads. The <i>consumer's</i> threads post and poll, under one short
 * lock per queue and directly into the driver. The adapter's <i>control</i> thread owns everything
 * else: connection state, native creation order, closing. The <i>memory</i> thread registers and
 * deregisters memory, which may be slow. The <i>dispatcher</i> thread waits for the kernel's
 * events, and runs the consumer's callbacks. Where this code says "control thread", the dispatcher
 * with an event of a connection, or a consumer with a call, may stand in for it while it is idle:
 * still one task runs at a time. It never waits for the dispatcher, so a callback may wait for it.
 */
@NullMarked
package org.verbena.ndk.verbs;

import org.jspecify.annotations.NullMarked;

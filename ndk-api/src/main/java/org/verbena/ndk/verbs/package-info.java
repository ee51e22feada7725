/**
 * The NDK API over rdma-core.
 *
 * <p>Three kinds of threads meet here. The <i>consumer's</i> threads post and poll; those paths
 * take one short lock per queue and go straight to the driver. The adapter's <i>control</i> thread
 * owns everything else: connection state, native creation order, closing. The adapter's
 * <i>dispatcher</i> thread waits for the kernel's events, hands them to the control thread, and
 * runs the consumer's callbacks. The control thread never waits for the dispatcher, so a callback
 * may wait for it.
 */
package org.verbena.ndk.verbs;

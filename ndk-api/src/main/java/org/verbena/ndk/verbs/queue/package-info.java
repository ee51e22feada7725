/**
 * Queue pairs, completion queues and shared receive queues: the data path.
 *
 * <p>A request is checked and built by {@code SendQueue} in its {@code SendChain}, or by {@code
 * ReceiveQueue}, and recorded in {@code WorkQueue}. {@code VerbsCq} polls completions, and {@code
 * CompletionTranslator} writes their results into the consumer's array. {@code NativeQp} makes the
 * transitions of a queue pair, {@code QpDrain} flushes it. A connector is known by the interface
 * {@code ConnectionListener} alone.
 *
 * <p>Posting and polling run on the consumer's threads, each under the lock of its queue, and
 * allocate nothing; a queue's lock may be held when that of a completion queue, a window or a
 * shared receive queue is taken, in this order. All else runs on the control thread.
 */
@NullMarked
package org.verbena.ndk.verbs.queue;

import org.jspecify.annotations.NullMarked;

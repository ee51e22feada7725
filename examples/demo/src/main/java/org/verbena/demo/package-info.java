/**
 * A listener and a client that show what Verbena does, step by step, on the console.
 *
 * <p>Read {@code DemoClient} and {@code DemoListener} first: they are the two programs. {@code
 * Connection} sets up the queue pair that both use, {@code Completions} shows how to wait for
 * results, {@code Transfer} how to keep several requests in flight.
 */
@NullMarked
package org.verbena.demo;

import org.jspecify.annotations.NullMarked;

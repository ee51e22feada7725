/**
 * A listener and a client that show what Verbena does, step by step, on the console.
 *
 * <p>Read {@code DemoClient} and {@code DemoListener} first: they are the two programs. {@code
 * Connection} has what both need of a queue pair, {@code Completions} how to wait for results,
 * {@code Transfer} how to keep several requests in flight.
 */
package org.verbena.demo;

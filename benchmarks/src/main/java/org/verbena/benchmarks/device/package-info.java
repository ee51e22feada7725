/**
 * Verbena against other programs on a real device. Read {@code Plan} (which {@code Task}s are
 * measured, and how often), {@code DeviceBenchmarks} (in which order), {@code Contender} and its
 * implementations ({@code Perftest} and {@code DeviceLoops} in C, {@code JavaProgram} for those in
 * {@code peer}), {@code Measurements} (the results). {@code DeviceCalls} measures single calls,
 * with JMH.
 */
@NullMarked
package org.verbena.benchmarks.device;

import org.jspecify.annotations.NullMarked;

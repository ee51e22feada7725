/**
 * Verbena beside other programs on a real device. Read {@code Plan} (which {@code Task}s are
 * measured how often), {@code DeviceBenchmarks} (the order), {@code Contender} and what implements
 * it ({@code Perftest} and {@code DeviceLoops} in C, {@code JavaProgram} for those in {@code
 * peer}), {@code Measurements} (the results). {@code DeviceCalls} are single calls, with JMH.
 */
package org.verbena.benchmarks.device;

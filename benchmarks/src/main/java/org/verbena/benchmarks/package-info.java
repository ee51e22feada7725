/**
 * What the library itself costs, on a no-op device: {@code SoftwareCost} runs the operations of
 * {@code DataPath}, of the same without a library ({@code RawDataPath}) and with DiSNI ({@code
 * DisniDataPath}), and of a C program, interleaved. Read {@code Operation}, {@code Library}, {@code
 * DataPath}, {@code SoftwareCost}; {@code Loopback} connects two queue pairs of one process, {@code
 * Repeats} and {@code Median} are the statistics.
 *
 * <p>May use {@code device}, whose file format it writes.
 */
@NullMarked
package org.verbena.benchmarks;

import org.jspecify.annotations.NullMarked;

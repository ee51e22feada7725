/**
 * An NVMe over Fabrics host (initiator) over RDMA.
 *
 * <p>{@link org.verbena.examples.nvmf.NvmfHost} is the entry point: it uses one RDMA device and
 * connects to targets. A {@link org.verbena.examples.nvmf.Controller} is a connection to a
 * subsystem, over losses and reconnects; it has namespaces and I/O queues. An {@link
 * org.verbena.examples.nvmf.IoQueue} moves blocks between a namespace and an {@link
 * org.verbena.examples.nvmf.IoBuffer}, memory that the target's device reads and writes itself; an
 * I/O copies and allocates nothing.
 *
 * <p>Read {@code NvmfHost}, {@code Controller} (the keep-alive thread, resets and reconnects),
 * {@code Association} (a controller's admin queue and connections, from a connect to a loss),
 * {@code RdmaConnection} and {@code Command}. An {@code IoQueue} consists of {@code IoSlots} (the
 * commands and what they await), {@code IoPump} (moves them over a connection) and {@code
 * IoRecovery} (takes them to the next one). I/O runs on the thread that polls its queue; everything
 * else on the caller's or the keep-alive thread.
 *
 * <p>The protocol is that of the NVM Express base specification and the NVMe over Fabrics RDMA
 * transport; numbers on the wire are little-endian, and so are all layouts drawn here.
 */
@NullMarked
package org.verbena.examples.nvmf;

import org.jspecify.annotations.NullMarked;

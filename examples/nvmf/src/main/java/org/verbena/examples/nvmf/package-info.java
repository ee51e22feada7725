/**
 * An NVMe over Fabrics host (initiator) over RDMA.
 *
 * <p>{@link org.verbena.examples.nvmf.NvmfHost} is the start: it belongs to one RDMA device, and
 * connects to targets. A {@link org.verbena.examples.nvmf.Controller} is one connection to a
 * subsystem; it has namespaces and I/O queues. An {@link org.verbena.examples.nvmf.IoQueue} moves
 * blocks between a namespace and an {@link org.verbena.examples.nvmf.IoBuffer}, memory that the
 * target's device reads and writes itself; nothing is copied and nothing is allocated for an I/O.
 *
 * <p>Read {@code NvmfHost}, {@code Controller} (the keep-alive thread, resets and reconnects),
 * {@code Association} (one life of a controller: its admin queue and connections), {@code
 * RdmaConnection} and {@code Command}. An {@code IoQueue} is {@code IoSlots} (what was started and
 * what it awaits), {@code IoPump} (moves it over a connection) and {@code IoRecovery} (takes it to
 * the next one). I/O runs on the thread that polls its queue; everything else on the caller's or
 * the keep-alive thread.
 *
 * <p>The protocol is that of the NVM Express base specification and the NVMe over Fabrics RDMA
 * transport; numbers on the wire are little-endian, and so are all layouts drawn here.
 */
package org.verbena.examples.nvmf;

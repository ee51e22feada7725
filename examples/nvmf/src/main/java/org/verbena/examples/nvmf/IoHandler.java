package org.verbena.examples.nvmf;

/** Is called when an I/O has ended. Reuse one object: an I/O allocates nothing. */
@FunctionalInterface
public interface IoHandler {
  /**
   * An I/O has ended. Runs in {@link IoQueue#poll} or {@link IoQueue#await}, on its caller's
   * thread; it may start further I/O on the queue, but not poll it. What it throws, the poll throws
   * when the handlers of all other I/O have been called.
   *
   * @param context what was given with the I/O
   * @param status one of {@link NvmeStatus}, or another status of the specification
   */
  void completed(long context, int status);
}

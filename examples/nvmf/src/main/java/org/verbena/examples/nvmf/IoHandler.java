package org.verbena.examples.nvmf;

/** Called when an I/O has ended. Reuse one handler, so that an I/O allocates nothing. */
@FunctionalInterface
public interface IoHandler {
  /**
   * Reports that an I/O has ended. Runs in {@link IoQueue#poll} or {@link IoQueue#await}, on the
   * caller's thread; it may start further I/O on the queue, but must not poll it. The poll throws
   * what a handler throws, after it has called all other handlers.
   *
   * @param context the context passed with the I/O
   * @param status one of {@link NvmeStatus}, or another status of the specification
   */
  void completed(long context, int status);
}

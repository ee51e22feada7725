package org.verbena.benchmarks.device.peer;

import org.verbena.benchmarks.device.Task;

/** One of the Java programs. */
interface Peer extends AutoCloseable {
  /** Listens for one task. */
  Side listen(Task task) throws Exception;

  /** Creates the client's side of a task and connects it to the server's. */
  Side connect(Task task) throws Exception;

  /** One side of one task. */
  interface Side extends AutoCloseable {
    /** The port that the server listens on. */
    int port();

    /** Runs the task; the server's side first waits for the client. */
    Figures run() throws Exception;
  }
}

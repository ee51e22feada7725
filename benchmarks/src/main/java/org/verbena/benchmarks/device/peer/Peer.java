package org.verbena.benchmarks.device.peer;

import org.verbena.benchmarks.device.Task;

/** One of the programs in Java. */
interface Peer extends AutoCloseable {
  /** Listens for one task. */
  Side listen(Task task) throws Exception;

  /** Makes the client's side of a task and connects it to the server's. */
  Side connect(Task task) throws Exception;

  /** One side of one task. */
  interface Side extends AutoCloseable {
    /** Where the server listens. */
    int port();

    /** Runs the task; on the server's side this starts with waiting for the client. */
    Figures run() throws Exception;
  }
}

package org.verbena.ndk.verbs.queue;

/** The connector of a queue pair, to which the queue pair passes what the device says. */
public interface ConnectionListener {
  /**
   * The queue pair has failed, and the connection with it; control thread only.
   *
   * @param asyncEvent IBV_EVENT_*
   */
  void queuePairFailed(int asyncEvent);

  /** The first message may come before the connection manager's own; control thread only. */
  void communicationEstablished();
}

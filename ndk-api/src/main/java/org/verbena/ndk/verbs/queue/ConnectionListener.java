package org.verbena.ndk.verbs.queue;

/** The connector of a queue pair, which is notified of asynchronous events. */
public interface ConnectionListener {
  /**
   * The queue pair has failed, and the connection with it; control thread only.
   *
   * @param asyncEvent IBV_EVENT_*
   */
  void queuePairFailed(int asyncEvent);

  /**
   * A request has failed in the device, or all were flushed: no more succeeds; control thread only.
   */
  void requestsEnded();

  /** A first message has arrived, maybe before the connection manager's; control thread only. */
  void communicationEstablished();
}

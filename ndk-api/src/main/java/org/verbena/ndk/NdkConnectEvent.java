package org.verbena.ndk;

/**
 * NDK_FN_CONNECT_EVENT_CALLBACK: a peer wants to connect to a listener.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkConnectEvent {
  /**
   * A request has come in.
   *
   * <p>A peer that gives up meanwhile shows only at accept or reject, as {@link
   * NdkStatus#CONNECTION_ABORTED}: verbs does not report it earlier.
   *
   * @param connector its connector, which now belongs to the callback's owner: read the private
   *     data with {@link NdkConnector#getConnectionData}, then accept, reject or close it
   */
  void connectRequested(NdkConnector connector);
}

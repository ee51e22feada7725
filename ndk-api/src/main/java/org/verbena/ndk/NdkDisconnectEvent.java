package org.verbena.ndk;

/**
 * NDK_FN_DISCONNECT_EVENT_CALLBACK: the peer has ended the connection.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkDisconnectEvent {
  /**
   * The peer has disconnected or is lost; a peer that vanishes is noticed only when a request to it
   * fails or this side disconnects. Nothing is flushed: posted receives stay until {@link
   * NdkConnector#disconnect}, {@link NdkQp#flush} or a close.
   */
  void disconnected();
}

package org.verbena.ndk;

/**
 * NDK_FN_DISCONNECT_EVENT_CALLBACK_EX: the peer has ended the connection, with the provider's
 * reason.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkDisconnectEventEx {
  /**
   * The peer has disconnected or is lost. Nothing is flushed, as with {@link NdkDisconnectEvent}.
   *
   * @param providerDisconnectReason 0 for a plain disconnect; else {@code event << 16 | -status &
   *     0xFFFF} of the {@code rdma_cm_event}, or {@code 0x80000000 | type} of the {@code
   *     ibv_async_event} that ended it
   */
  void disconnected(int providerDisconnectReason);
}

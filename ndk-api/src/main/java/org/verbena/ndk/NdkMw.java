package org.verbena.ndk;

/**
 * NDK_MW: a memory window ({@code ibv_mw}, type 2), through which the peer accesses a part of a
 * memory region until it is invalidated.
 *
 * <p>It grants nothing until {@link NdkQp#bind}, and nothing after {@link NdkQp#invalidate}, the
 * peer's {@link NdkQp#sendAndInvalidate}, or the close of its region. In NDKPI any peer that has
 * the token may use a window; in verbs only the peer of the queue pair it was bound on may, it must
 * be invalidated before it is bound again, and the end of the connection invalidates it. Soft-RoCE
 * (kernel 6.1) checks the peer's requests against the region's range, not the window's.
 */
public interface NdkMw extends NdkObject {
  /**
   * Returns the token with which the peer reads and writes (NdkGetRemoteTokenFromMw; {@code rkey}).
   * It is valid as soon as {@link NdkQp#bind} has returned; every bind makes a new one.
   *
   * @return the token, opaque
   * @throws IllegalStateException if the window is not bound, or closed
   */
  int getRemoteTokenFromMw();

  /**
   * Returns the token that the last bind gave the window, also if it has been invalidated since,
   * for example by the end of the connection: who has just posted a bind needs to handle no
   * exception. Ours.
   *
   * @return the token, opaque; not a token at all before the first bind
   * @throws IllegalStateException after close
   */
  int lastRemoteToken();
}

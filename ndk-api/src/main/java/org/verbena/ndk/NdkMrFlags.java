package org.verbena.ndk;

/**
 * NDK_MR_FLAG_*: what requests and the peer may do with a registered region. Combine them with
 * {@code |}.
 */
public final class NdkMrFlags {
  /** Local requests may read the region; always granted. */
  public static final int NDK_MR_FLAG_ALLOW_LOCAL_READ = 0x00000000;

  /** Receives and reads may write to the region. */
  public static final int NDK_MR_FLAG_ALLOW_LOCAL_WRITE = 0x00000001;

  /** The peer may read the region. */
  public static final int NDK_MR_FLAG_ALLOW_REMOTE_READ = 0x00000002;

  /** The peer may write to the region; contains local write. */
  public static final int NDK_MR_FLAG_ALLOW_REMOTE_WRITE = 0x00000005;

  /** Reads may write to the region; needed on iWARP only, accepted everywhere. */
  public static final int NDK_MR_FLAG_RDMA_READ_SINK = 0x00000008;

  private NdkMrFlags() {}
}

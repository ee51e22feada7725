package org.verbena.ndk;

/** NDK_OP_FLAG_*: how a work request is executed. Combine them with {@code |}. */
public final class NdkOpFlags {
  /**
   * No result if the request succeeds. In verbs it is unsignaled: it keeps its place in the queue
   * until a later signaled request has completed. The library signals some of them itself.
   */
  public static final int NDK_OP_FLAG_SILENT_SUCCESS = 0x00000001;

  /** Starts only after all earlier reads of the queue pair have completed. */
  public static final int NDK_OP_FLAG_READ_FENCE = 0x00000002;

  /** The receive that this send consumes fires an arm for solicited completions. */
  public static final int NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT = 0x00000004;

  /** The peer may read the window or region. */
  public static final int NDK_OP_FLAG_ALLOW_REMOTE_READ = 0x00000008;

  /** Receives and reads may write to the fast-registered region. */
  public static final int NDK_OP_FLAG_ALLOW_LOCAL_WRITE = 0x00000010;

  /** The peer may write to the window or region; contains local write. */
  public static final int NDK_OP_FLAG_ALLOW_REMOTE_WRITE = 0x00000030;

  /**
   * The bytes are copied during the call: tokens are ignored, and the buffers are the caller's
   * again on return.
   */
  public static final int NDK_OP_FLAG_INLINE = 0x00000040;

  /** Reads may write to the fast-registered region; needed on iWARP only, accepted everywhere. */
  public static final int NDK_OP_FLAG_RDMA_READ_SINK = 0x00000080;

  /** Invalidates the token of a read's first element; ignored, as verbs has no such read. */
  public static final int NDK_OP_FLAG_RDMA_READ_LOCAL_INVALIDATE = 0x00000100;

  /**
   * The request may be held back until one without this flag is posted on the same queue, or {@link
   * NdkQp#submit} is called: many requests then reach the device in one call.
   */
  public static final int NDK_OP_FLAG_DEFER = 0x00000200;

  private NdkOpFlags() {}
}

package org.verbena.ndk;

/** NDK_OP_FLAG_*: how a work request is done. Combine them with {@code |}. */
public final class NdkOpFlags {
  /** No result if the request succeeds. */
  public static final int NDK_OP_FLAG_SILENT_SUCCESS = 0x00000001;

  /** Starts only after all earlier reads of the queue pair have finished. */
  public static final int NDK_OP_FLAG_READ_FENCE = 0x00000002;

  /** The receive that this send matches fires an arm for solicited completions. */
  public static final int NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT = 0x00000004;

  /**
   * The bytes are copied during the call: tokens are ignored, and the buffers are free on return.
   */
  public static final int NDK_OP_FLAG_INLINE = 0x00000040;

  /**
   * May be held back until a request without this flag is posted on the same queue: the way to hand
   * many requests to the device in one call.
   */
  public static final int NDK_OP_FLAG_DEFER = 0x00000200;

  private NdkOpFlags() {}
}

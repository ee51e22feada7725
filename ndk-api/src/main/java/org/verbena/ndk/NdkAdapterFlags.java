package org.verbena.ndk;

/**
 * NDK_ADAPTER_FLAG_*: optional capabilities of an adapter; bits of {@link
 * NdkAdapterInfo#adapterFlags}.
 */
public final class NdkAdapterFlags {
  /** Incoming bytes land in memory in address order. */
  public static final int NDK_ADAPTER_FLAG_IN_ORDER_DMA_SUPPORTED = 0x00000001;

  /** A read needs no region registered with NDK_MR_FLAG_RDMA_READ_SINK. */
  public static final int NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED = 0x00000002;

  /** Interrupts can be moderated: {@link NdkCq#controlCqInterruptModeration}. */
  public static final int NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED = 0x00000004;

  /** Several connections together may be faster than one. */
  public static final int NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED = 0x00000008;

  /** A read can invalidate the token of its own sink; never set, as verbs has no such read. */
  public static final int NDK_ADAPTER_FLAG_RDMA_READ_LOCAL_INVALIDATE_SUPPORTED = 0x00000010;

  /** Completion queues can be resized: {@link NdkCq#resizeCq}. */
  public static final int NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED = 0x00000100;

  /** A connection to one's own address works. */
  public static final int NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED = 0x00010000;

  private NdkAdapterFlags() {}
}

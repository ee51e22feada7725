package org.verbena.ndk.verbs.queue;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.ImmediateData;
import org.verbena.ndk.extension.PreparedRequests;
import org.verbena.ndk.extension.RemoteAtomics;

/** The extensions of a queue pair. */
final class QpExtensions implements ImmediateData, RemoteAtomics, PreparedRequests {
  private final SendQueue queue;

  QpExtensions(SendQueue queue) {
    this.queue = queue;
  }

  @Override
  public NdkStatus sendWithImmediate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int immediate, int flags) {
    return queue.sendWithImmediate(requestContext, sgl, nSge, NetworkOrder.of(immediate), flags);
  }

  @Override
  public NdkStatus writeWithImmediate(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags) {
    return queue.writeWithImmediate(
        requestContext, sgl, nSge, remoteAddress, remoteToken, NetworkOrder.of(immediate), flags);
  }

  @Override
  public NdkStatus compareAndSwap(
      long requestContext,
      @Nullable NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long expected,
      long replacement,
      int flags) {
    return isAligned(sgl, remoteAddress)
        ? queue.compareAndSwap(
            requestContext, sgl, remoteAddress, remoteToken, expected, replacement, flags)
        : queue.endDeferral(NdkStatus.INVALID_PARAMETER);
  }

  @Override
  public NdkStatus fetchAndAdd(
      long requestContext,
      @Nullable NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long addend,
      int flags) {
    return isAligned(sgl, remoteAddress)
        ? queue.fetchAndAdd(requestContext, sgl, remoteAddress, remoteToken, addend, flags)
        : queue.endDeferral(NdkStatus.INVALID_PARAMETER);
  }

  /** Whether it names eight bytes that are aligned at the peer. */
  private static boolean isAligned(@Nullable NdkSgl sgl, long remoteAddress) {
    return sgl != null
        && remoteAddress % Long.BYTES == 0
        && sgl.segment().get(JAVA_INT, 8) == Long.BYTES;
  }

  @Override
  public Batch prepare(int size) {
    return new PreparedBatch(queue, queue.prepare(size));
  }
}

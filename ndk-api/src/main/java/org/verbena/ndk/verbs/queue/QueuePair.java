package org.verbena.ndk.verbs.queue;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkFailure;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.memory.ProtectionDomain;

/** A queue pair, as its work queues and completion queues know it. */
abstract class QueuePair extends VerbsObject {
  final ProtectionDomain pd;

  /** Where its receives come from, or null for a receive queue of its own. */
  public final @Nullable VerbsSrq srq;

  /** The consumer's context, part of every result. */
  final long context;

  private final AtomicReference<@Nullable NdkFailure> firstFailure = new AtomicReference<>();
  private volatile boolean failed;

  QueuePair(ProtectionDomain pd, @Nullable VerbsSrq srq, long context, VerbsObject... antecedents) {
    super(pd.adapter, antecedents);
    this.pd = pd;
    this.srq = srq;
    this.context = context;
  }

  /** The queue pair number, in completions and at the peer. */
  abstract int number();

  /** Whether it failed in the device and has not been flushed. */
  abstract boolean isEndedByDeviceAlone();

  /** Whether its device has been removed. */
  abstract boolean isRemoved();

  /** One of its completion queues has failed, which ends it; control thread only. */
  abstract void completionQueueFailed();

  /** A request has failed in the device, which executes no more of them. */
  abstract void failedInDevice();

  final void recordFailure(
      NdkStatus status, NdkOperationType type, long requestContext, int providerErrorCode) {
    if (status == NdkStatus.CANCELLED || failed || firstFailure.get() != null) {
      return;
    }
    try {
      firstFailure.compareAndSet(
          null, new NdkFailure(status, type, requestContext, providerErrorCode));
    } catch (OutOfMemoryError _) {
      // The result says the same, and must not be lost.
    }
    failed = true;
  }

  final boolean hasFailed() {
    return failed;
  }

  public final Optional<NdkFailure> firstFailure() {
    return Optional.ofNullable(firstFailure.get());
  }
}

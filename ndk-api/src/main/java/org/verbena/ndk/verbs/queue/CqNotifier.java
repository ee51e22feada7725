package org.verbena.ndk.verbs.queue;

import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkCqNotification;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.VerbsObject;

/**
 * Whether a completion queue is armed, and for what; notifies the consumer, on the dispatcher or in
 * its wait set. Guarded by the completion queue's lock.
 */
final class CqNotifier extends ReadyQueues.Entry {
  private static final int NOT_ARMED = -1;

  private final VerbsObject cq;
  private final @Nullable NdkCqNotification notification;
  private final @Nullable ReadyQueues waitSet;
  private final Runnable notifySuccess;
  private int armed = NOT_ARMED;
  private boolean stagedSince; // since the last notification
  private @Nullable NdkStatus failure;

  /** Creates one; without a notification the queue is never armed. */
  CqNotifier(
      VerbsObject cq, @Nullable NdkCqNotification notification, @Nullable ReadyQueues waitSet) {
    this.cq = cq;
    this.notification = notification;
    this.waitSet = waitSet;
    notifySuccess = cq.thenRelease(() -> notifyConsumer(NdkStatus.SUCCESS));
  }

  boolean canNotify() {
    return notification != null;
  }

  /** Arms it, by NDKPI's table for arming while armed; notifies at once if the queue has failed. */
  void arm(int type) {
    armed =
        armed == NDK_CQ_NOTIFY_ANY || type == NDK_CQ_NOTIFY_ANY
            ? NDK_CQ_NOTIFY_ANY
            : Math.max(armed, type);
    if (failure != null) {
      fire(failure);
    }
  }

  /** Whether it is armed for completions. */
  boolean awaitsCompletions() {
    return armed == NDK_CQ_NOTIFY_ANY || armed == NDK_CQ_NOTIFY_SOLICITED;
  }

  /** Whether it is armed for solicited events and failures only. */
  boolean awaitsSolicited() {
    return armed == NDK_CQ_NOTIFY_SOLICITED;
  }

  /** Notifies of a completion, if it is armed for one. */
  void completed() {
    if (awaitsCompletions()) {
      fire(NdkStatus.SUCCESS);
    }
  }

  /** A result has been staged, of which a later arm must notify. */
  void staged() {
    stagedSince = true;
  }

  boolean hasStagedSince() {
    return stagedSince;
  }

  /** Notifies that the device could not be armed; the queue itself may be sound. */
  void armFailed() {
    fire(NdkStatus.INTERNAL_ERROR);
  }

  /** The queue has failed for good: notifies now if armed, else at the next arm. */
  void failed(NdkStatus status) {
    setFailure(status);
    if (armed != NOT_ARMED) {
      fire(Objects.requireNonNull(failure));
    }
  }

  /** As {@link #failed}, but does not notify yet. */
  void setFailure(NdkStatus status) {
    if (failure != NdkStatus.DEVICE_REMOVED) {
      failure = status;
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  private void fire(NdkStatus status) {
    armed = NOT_ARMED;
    stagedSince = false;
    if (waitSet != null) {
      if (!cq.isClosed()) { // else the set may be gone
        waitSet.add(this, status);
      }
    } else {
      cq.dispatch(
          status == NdkStatus.SUCCESS
              ? notifySuccess
              : cq.thenRelease(() -> notifyConsumer(status)));
    }
  }

  /** Unlike one that is dispatched, it does not keep the queue until then: that may be never. */
  @Override
  boolean tell(NdkStatus status) {
    if (!cq.acquire()) {
      return false;
    }
    try {
      notifyConsumer(status);
      return true;
    } finally {
      cq.release();
    }
  }

  private void notifyConsumer(NdkStatus status) {
    if (!cq.isClosed()) {
      Objects.requireNonNull(notification).notified(status);
    }
  }
}

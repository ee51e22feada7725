package org.verbena.ndk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the notifications of a completion queue or a shared receive queue. */
final class Notifications implements NdkCqNotification, NdkSrqNotification {
  private final List<NdkStatus> statuses = new CopyOnWriteArrayList<>();

  @Override
  public void notified(NdkStatus status) {
    statuses.add(status);
  }

  /** The statuses so far. */
  List<NdkStatus> statuses() {
    return List.copyOf(statuses);
  }

  void await(int count) {
    Await.until(() -> count + " notifications, not " + statuses, () -> statuses.size() >= count);
  }
}

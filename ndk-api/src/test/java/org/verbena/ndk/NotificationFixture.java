package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import org.junit.jupiter.api.extension.ExtendWith;

/** A pair whose server receives into a completion queue that notifies. */
@ExtendWith(Fixtures.class)
abstract class NotificationFixture {
  final Sides sides;
  final Notifications notifications = new Notifications();
  NdkCq cq;
  Endpoint client;
  Endpoint server;

  NotificationFixture(Sides sides) throws Exception {
    this.sides = sides;
    connectTo(notifications);
  }

  /** Creates {@code cq} with this notification, and a new pair whose server receives into it. */
  void connectTo(NdkCqNotification notification) throws Exception {
    cq = sides.server.adapter.createCq(64, notification);
    server = new Endpoint(sides.server, Endpoint.SMALL, 0, cq, sides.server.cq());
    client = new Endpoint(sides.client, Endpoint.SMALL, 0);
    Pair.connect(client, server);
  }

  /** Puts one result into the queue. */
  void message(long context, int flags) {
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(context, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(context, null, 0, flags));
    Result.success(client.initiatorCq, context);
  }

  void assertNotified(int count) throws Exception {
    sides.server.settle();
    assertEquals(Collections.nCopies(count, NdkStatus.SUCCESS), notifications.statuses());
  }
}

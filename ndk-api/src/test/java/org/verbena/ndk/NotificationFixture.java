package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import org.junit.jupiter.api.extension.ExtendWith;

/** A completion queue with a notification, and a connection whose receives report to it. */
@ExtendWith(Fixtures.class)
abstract class NotificationFixture {
  final Wire wire;
  final Notifications notifications = new Notifications();
  NdkCq cq;
  Endpoint client;
  Endpoint server;

  NotificationFixture(Wire wire) throws Exception {
    this.wire = wire;
    connectTo(notifications);
  }

  /** Makes `cq` with that notification and gives it to the receives of a new server. */
  void connectTo(NdkCqNotification notification) throws Exception {
    cq = wire.server.adapter.createCq(64, notification);
    server = new Endpoint(wire.server, QpSizes.SMALL, 0, cq, wire.server.cq());
    client = new Endpoint(wire.client, QpSizes.SMALL, 0);
    Pair.connect(client, server);
  }

  /** Has one result put into the queue. */
  void message(long context, int flags) {
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(context, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(context, null, 0, flags));
    Result.success(client.initiatorCq, context);
  }

  void assertNotified(int count) throws Exception {
    wire.server.settle();
    assertEquals(Collections.nCopies(count, NdkStatus.SUCCESS), notifications.statuses());
  }
}

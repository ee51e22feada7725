package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A completion queue with a notification, and a connection whose receives report to it. */
abstract class NotificationFixture {
  Wire wire;
  Notifications notifications;
  NdkCq cq;
  Endpoint client;
  Endpoint server;

  @BeforeEach
  void connect() throws Exception {
    wire = new Wire();
    notifications = new Notifications();
    connectTo(notifications);
  }

  /** Makes `cq` with that notification and gives it to the receives of a new server. */
  void connectTo(NdkCqNotification notification) throws Exception {
    cq = wire.server.adapter.createCq(64, notification);
    server = new Endpoint(wire.server, QpSizes.SMALL, 0, cq, wire.server.cq());
    client = new Endpoint(wire.client, QpSizes.SMALL, 0);
    Pair.connect(client, server);
  }

  @AfterEach
  void close() {
    if (wire != null) {
      wire.close();
    }
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

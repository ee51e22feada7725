package org.verbena.ndk;

import java.util.concurrent.atomic.AtomicInteger;

/** One end of a connection: a queue pair with a completion queue for each of its two queues. */
final class Endpoint {
  /** Sizes that every device has. */
  static final NdkQpSizes SMALL = new NdkQpSizes(16, 16, 4, 4, 64);

  final Side side;
  final NdkCq receiveCq;
  final NdkCq initiatorCq;
  final NdkQp qp;

  /** Null until there is one. */
  NdkConnector connector;

  private final AtomicInteger disconnects = new AtomicInteger();

  Endpoint(Side side, NdkQpSizes sizes, long qpContext) throws NdkException {
    this(side, sizes, qpContext, side.cq(), side.cq());
  }

  Endpoint(Side side, NdkQpSizes sizes, long qpContext, NdkCq receiveCq, NdkCq initiatorCq)
      throws NdkException {
    this.side = side;
    this.receiveCq = receiveCq;
    this.initiatorCq = initiatorCq;
    qp = side.pd.createQp(receiveCq, initiatorCq, qpContext, sizes);
  }

  /** An endpoint that receives from a shared queue. */
  Endpoint(Side side, NdkQpSizes sizes, long qpContext, NdkCq receiveCq, NdkSrq srq)
      throws NdkException {
    this.side = side;
    this.receiveCq = receiveCq;
    initiatorCq = side.cq();
    qp = side.pd.createQpWithSrq(receiveCq, initiatorCq, srq, qpContext, sizes);
  }

  /** The disconnect callback for the connector. */
  void disconnected() {
    disconnects.incrementAndGet();
  }

  /** The number of disconnect events so far. */
  int disconnects() {
    return disconnects.get();
  }

  void awaitDisconnect() {
    Await.until("the disconnect event", () -> disconnects() > 0);
  }
}

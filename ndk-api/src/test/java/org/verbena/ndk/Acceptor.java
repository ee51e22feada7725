package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener on an ephemeral port; connect requests queue up until the test takes them. */
final class Acceptor {
  final NdkListener listener;
  private final BlockingQueue<NdkConnector> requests = new LinkedBlockingQueue<>();

  Acceptor(Side side) throws Exception {
    this(side, side.anyPort());
  }

  Acceptor(Side side, InetSocketAddress address) throws Exception {
    listener = side.adapter.createListener(requests::add);
    Await.done(listener.listen(address));
  }

  InetSocketAddress address() {
    return listener.getLocalAddress();
  }

  /** Waits for the next request. */
  NdkConnector next() throws InterruptedException {
    NdkConnector connector = requests.poll(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    assertNotNull(connector, "no connect request arrived");
    return connector;
  }

  /** The next request if there is one, or null. */
  NdkConnector poll() {
    return requests.poll();
  }

  int waiting() {
    return requests.size();
  }
}

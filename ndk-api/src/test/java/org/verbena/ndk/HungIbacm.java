package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A program of its own, as librdmacm looks for ibacm once: ibacm takes requests and never answers,
 * so that rdma_resolve_route hangs.
 */
final class HungIbacm {
  private static final Path SOCKET = Path.of("/run/ibacm.sock");
  private static final NdkOpenOptions IMPATIENT = new NdkOpenOptions(Duration.ofSeconds(5));

  private HungIbacm() {}

  public static void main(String[] arguments) throws Exception {
    try (ServerSocketChannel ibacm = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ibacm.bind(UnixDomainSocketAddress.of(SOCKET));
      connect();
      ibacm.configureBlocking(false);
      assertTrue(ibacm.accept() != null, "librdmacm has not asked ibacm");
    } finally {
      Files.delete(SOCKET);
    }
  }

  private static void connect() throws Exception {
    try (Sides sides = new Sides(Route.ACROSS_IPV4, IMPATIENT, IMPATIENT)) {
      Side client = sides.client;
      Acceptor acceptor = new Acceptor(sides.server);
      Endpoint end = new Endpoint(client, Endpoint.SMALL, 1);
      CompletionStage<Void> connect =
          client
              .adapter
              .createConnector()
              .connect(end.qp, client.anyPort(), acceptor.address(), 1, 1, null);
      Await.done(end.receiveCq.resizeCq(64));
      assertEquals(NdkStatus.IO_TIMEOUT, Await.failure(connect));
    }
  }
}

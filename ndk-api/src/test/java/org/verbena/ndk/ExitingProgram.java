package org.verbena.ndk;

/** A program that exits with everything open and in use, on its main thread or in a callback. */
final class ExitingProgram {
  static final int CODE = 7;

  private ExitingProgram() {}

  static void main(String[] arguments) throws Exception {
    Pair pair = new Pair();
    Side client = pair.client.side;
    client.oneOfEach();
    client.adapter.createCq(16, _ -> {}).armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    for (int i = 0; i < 8; i++) {
      pair.client.qp.receive(i, null, 0);
      pair.client.qp.send(i, null, 0, 0); // which waits: the peer has no receive
    }
    Acceptor silent = new Acceptor(pair.server.side);
    Handshake.request(client, client.qp(), silent);
    Buffer source = pair.server.side.buffer(1 << 20);
    Buffer sink = client.buffer(1 << 20);
    Thread.ofPlatform()
        .start(
            () -> {
              while (true) {
                OneSided.write(pair.server, source, sink.address(), sink.remoteToken());
              }
            });
    client.pd.createMr().registerMr(client.memory(16 << 20), Buffer.ALL_RIGHTS);
    if (arguments[0].equals("callback")) {
      client.pd.createMr().registerMr(client.memory(8), 0, (_, _) -> exit());
      Thread.sleep(Long.MAX_VALUE);
    }
    exit();
  }

  private static void exit() {
    IO.println("exits");
    System.exit(CODE);
  }
}

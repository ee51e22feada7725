package org.verbena.ndk;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/** rdma-core's rping, as a child process. */
final class Rping extends ChildProcess {
  Rping(String... arguments) throws IOException {
    super(command(arguments));
  }

  /** Unless on a terminal, its output is buffered, and lost if it is killed. */
  private static List<String> command(String... arguments) {
    return Stream.concat(Stream.of("stdbuf", "-oL", "rping"), Stream.of(arguments)).toList();
  }

  /** A client of that listener, on device A. */
  static Rping client(InetSocketAddress server) throws IOException {
    return new Rping(
        "-c",
        "-a",
        server.getAddress().getHostAddress(),
        "-I",
        RigDevice.A.address4().getHostAddress(),
        "-p",
        "" + server.getPort());
  }
}

package org.verbena.ndk;

import java.io.IOException;
import java.net.InetAddress;
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

  /** A client of that listener, on device A, with these options besides. */
  static Rping client(InetSocketAddress server, String... options) throws IOException {
    return client(RigDevice.A.address4(), server, options);
  }

  /** A client of that listener, at this address, with these options besides. */
  static Rping client(InetAddress source, InetSocketAddress server, String... options)
      throws IOException {
    Stream<String> addresses =
        Stream.of(
            "-c",
            "-a",
            server.getAddress().getHostAddress(),
            "-I",
            source.getHostAddress(),
            "-p",
            "" + server.getPort());
    return new Rping(Stream.concat(addresses, Stream.of(options)).toArray(String[]::new));
  }
}

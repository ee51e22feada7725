package org.verbena.benchmarks.device;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/**
 * One end of the wire.
 *
 * @param device the RDMA device
 * @param address its IP address
 */
record Wire(String device, String address) {
  /** The end from which clients connect. */
  static final Wire A = of("A");

  /** The other end. */
  static final Wire B = of("B");

  private static Wire of(String end) {
    return new Wire(variable("VERBENA_DEVICE_" + end), variable("VERBENA_ADDR_" + end));
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: run this with softroce/bench");
    }
    return value;
  }

  /** The end where a task's server listens: the other one, or the client's own. */
  static Wire server(Task task) {
    return task.param("path").equals("looped") ? A : B;
  }

  /** The index of the GID that the connection manager uses for the address; -1 if there is none. */
  int gidIndex() throws IOException {
    byte[] ip = InetAddress.getByName(address).getAddress();
    String gid =
        ip.length == 4
            ? "0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x"
                .formatted(ip[0], ip[1], ip[2], ip[3])
            : "";
    Path port = Path.of("/sys/class/infiniband", device, "ports/1");
    return IntStream.range(0, 256)
        .filter(
            i ->
                read(port.resolve("gids/" + i)).equals(gid)
                    && read(port.resolve("gid_attrs/types/" + i)).equals("RoCE v2"))
        .findFirst()
        .orElse(-1);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException _) {
      return ""; // an unused index
    }
  }
}

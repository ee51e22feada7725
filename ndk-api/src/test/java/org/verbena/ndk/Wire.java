package org.verbena.ndk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The wire between the two devices of the rig's VM, to be broken. It is mended when this is closed.
 */
final class Wire implements AutoCloseable {
  private static final String MEND = "../softroce/guest/wire";

  /** The network interface of each device, which outlives the device. */
  private final Map<RigDevice, String> interfaces = new EnumMap<>(RigDevice.class);

  Wire() throws IOException {
    assertNotEquals("host", System.getenv("VERBENA_RIG"), "only a VM's network may be broken");
    for (RigDevice end : RigDevice.values()) {
      Path parent = Path.of("/sys/class/infiniband", end.deviceName(), "parent");
      interfaces.put(end, Files.readString(parent).strip());
    }
  }

  /** Sends the packets of both directions through netem: {@code disturb("loss 5%")}. */
  void disturb(String fault) throws IOException {
    run("modprobe", "sch_netem");
    for (String device : interfaces.values()) {
      String[] netem = ("tc qdisc replace dev " + device + " root netem " + fault).split(" ");
      run(netem);
    }
  }

  /** Takes down the link at one end; the other has no carrier then. */
  void takeDown(RigDevice end) throws IOException {
    run("ip", "link", "set", "dev", interfaces.get(end), "down");
  }

  void removeAddress(RigDevice end) throws IOException {
    String address = end.address4().getHostAddress() + "/24";
    run("ip", "address", "delete", address, "dev", interfaces.get(end));
  }

  /** Starts to remove a device; Soft-RoCE waits until no process has it open. */
  static ChildProcess removeDevice(RigDevice device) throws IOException {
    return new ChildProcess(List.of("rdma", "link", "delete", device.deviceName()));
  }

  /** What a device has counted of an event, such as {@code duplicate_request}. */
  static long count(RigDevice device, String event) throws IOException {
    Path counter =
        Path.of("/sys/class/infiniband", device.deviceName(), "ports/1/hw_counters", event);
    return Long.parseLong(Files.readString(counter).strip());
  }

  void mend() throws IOException {
    run("bash", MEND);
  }

  @Override
  public void close() throws IOException {
    mend();
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      assertEquals(0, process.waitFor(), () -> List.of(command) + ": " + output);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

package org.verbena.ndk;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** A device of the test rig, as softroce/run names it in the environment. */
enum RigDevice {
  A,
  B;

  String deviceName() {
    return environment("VERBENA_DEVICE_");
  }

  InetAddress address4() {
    return address("VERBENA_ADDR_");
  }

  InetAddress address6() {
    return address("VERBENA_ADDR6_");
  }

  /** Whether the device is Soft-RoCE, which supports less than others. */
  boolean isSoftRoce() {
    return Files.exists(Path.of("/sys/class/infiniband", deviceName(), "parent"));
  }

  private InetAddress address(String prefix) {
    return InetAddress.ofLiteral(environment(prefix));
  }

  private String environment(String prefix) {
    String value = System.getenv(prefix + this);
    if (value == null || value.isEmpty()) {
      throw new AssertionError(
          prefix + this + " is not set: this test needs an RDMA device; run it with softroce/run");
    }
    return value;
  }
}

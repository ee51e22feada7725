package org.verbena.demo;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkDevice;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/** Opens the adapter with an IP address. */
final class Adapters {
  private Adapters() {}

  static NdkAdapter open(InetAddress address) throws NdkException, DemoException {
    try {
      return NdkAdapter.open(address);
    } catch (NdkException e) {
      if (e.status() != NdkStatus.INVALID_ADDRESS && e.status() != NdkStatus.DEVICE_NOT_READY) {
        throw e;
      }
      List<NdkDevice> devices = NdkAdapter.devices();
      throw new DemoException(
          devices.isEmpty()
              ? "this machine has no RDMA device"
              : "no RDMA device of this machine has the address %s; there are: %s"
                  .formatted(address.getHostAddress(), list(devices)),
          e);
    }
  }

  private static String list(List<NdkDevice> devices) {
    return devices.stream()
        .map(
            device ->
                "%s port %d (%s%s)"
                    .formatted(
                        device.name(),
                        device.port(),
                        device.active() ? "" : "down; ",
                        device.addresses().isEmpty()
                            ? "no address"
                            : device.addresses().stream()
                                .map(InetAddress::getHostAddress)
                                .collect(Collectors.joining(" "))))
        .collect(Collectors.joining(", "));
  }
}

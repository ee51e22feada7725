package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.u16;
import static org.verbena.examples.nvmf.Layout.u8;

import java.lang.foreign.MemorySegment;

/**
 * An entry of a discovery log: a subsystem and where to reach it.
 *
 * @param transport the transport type (TRTYPE): 1 RDMA, 2 Fibre Channel, 3 TCP, 254 intra-host
 * @param discovery whether it is a discovery subsystem, not one with namespaces
 * @param portId the id of the port in the subsystem
 * @param address the transport address (TRADDR), as text
 * @param service the transport service id (TRSVCID), as text: on RDMA and TCP the port number
 * @param subsystem the subsystem's NQN
 */
public record DiscoveryEntry(
    int transport,
    boolean discovery,
    int portId,
    String address,
    String service,
    String subsystem) {
  /** The value of {@link #transport} for RDMA. */
  public static final int RDMA = 1;

  static final int SIZE = 1024;
  private static final int TYPE_STORAGE = 2;

  static DiscoveryEntry of(MemorySegment entry) {
    return new DiscoveryEntry(
        u8(entry, 0),
        u8(entry, 2) != TYPE_STORAGE,
        u16(entry, 4),
        Layout.text(entry, 512, 256),
        Layout.text(entry, 32, 32),
        Layout.text(entry, 256, 256));
  }

  /** {@return the name of the transport} */
  public String transportName() {
    return switch (transport) {
      case RDMA -> "rdma";
      case 2 -> "fc";
      case 3 -> "tcp";
      case 254 -> "loop";
      default -> Integer.toString(transport);
    };
  }
}

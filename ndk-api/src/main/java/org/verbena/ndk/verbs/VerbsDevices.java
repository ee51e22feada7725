package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.RdmaLibraries;
import org.verbena.binding.SocketAddresses;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_device;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_port_attr;
import org.verbena.binding.rdma.rdma_cm_id;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkDevice;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOpenOptions;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.DevicePort;
import org.verbena.ndk.verbs.adapter.EventChannel;
import org.verbena.ndk.verbs.status.Statuses;

/** The RDMA devices of this machine: listing and opening them. */
public final class VerbsDevices {
  private VerbsDevices() {}

  /**
   * Lists all ports of all devices.
   *
   * @return the ports
   * @throws NdkException if a device cannot be opened
   */
  public static List<NdkDevice> list() throws NdkException {
    RdmaLibraries.require();
    List<NdkDevice> ports = new ArrayList<>();
    try (DeviceList devices = new DeviceList();
        Arena arena = Arena.ofConfined()) {
      for (MemorySegment device : devices.devices) {
        MemorySegment context = openContext(device);
        try {
          MemorySegment attr = arena.allocate(ibv_device_attr.layout());
          RdmaCore.ibv_query_device(context, attr);
          int count = Byte.toUnsignedInt(ibv_device_attr.phys_port_cnt(attr));
          for (int port = 1; port <= count; port++) {
            ports.add(describe(context, port, arena));
          }
        } finally {
          RdmaCore.ibv_close_device(context);
        }
      }
    } catch (ErrnoException e) {
      throw Statuses.exception("list the RDMA devices", e);
    }
    return List.copyOf(ports);
  }

  /**
   * Opens a port by its device's name.
   *
   * @param name the device
   * @param port the port, from 1
   * @param options how
   * @return the adapter
   * @throws NdkException if it cannot be opened
   */
  public static NdkAdapter open(String name, int port, NdkOpenOptions options) throws NdkException {
    Objects.requireNonNull(name, "deviceName");
    Objects.requireNonNull(options, "options");
    RdmaLibraries.require();
    try (DeviceList devices = new DeviceList()) {
      for (MemorySegment device : devices.devices) {
        if (DevicePort.deviceName(device).equals(name)) {
          return VerbsAdapter.open(openContext(device), port, options);
        }
      }
      throw new NdkException(
          NdkStatus.DEVICE_NOT_READY,
          "there is no RDMA device named "
              + name
              + (devices.devices.isEmpty()
                  ? "; this machine has none"
                  : "; there are: "
                      + devices.devices.stream()
                          .map(DevicePort::deviceName)
                          .collect(Collectors.joining(", "))));
    } catch (ErrnoException e) {
      throw Statuses.exception("open " + name, e);
    }
  }

  /**
   * Opens the port that has a local address.
   *
   * @param localAddress the address
   * @param options how
   * @return the adapter
   * @throws NdkException if no port has it, or the port cannot be opened
   */
  public static NdkAdapter open(InetAddress localAddress, NdkOpenOptions options)
      throws NdkException {
    Objects.requireNonNull(localAddress, "localAddress");
    RdmaLibraries.require();
    Port port;
    try {
      port = find(localAddress);
    } catch (ErrnoException e) {
      throw Statuses.exception("find the RDMA device of " + localAddress.getHostAddress(), e);
    }
    return open(port.device, port.number, options);
  }

  private record Port(String device, int number) {}

  /** Returns the port that has an address, as the connection manager finds it. */
  private static Port find(InetAddress localAddress) throws NdkException, ErrnoException {
    MemorySegment channel = EventChannel.create();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(RdmaCore.C_POINTER);
      RdmaCm.rdma_create_id(channel, result, MemorySegment.NULL, RdmaCore.RDMA_PS_TCP());
      MemorySegment id = result.get(RdmaCore.C_POINTER, 0);
      try {
        MemorySegment address =
            SocketAddresses.write(new InetSocketAddress(localAddress, 0), arena);
        // Binding to an address without an RDMA device fails; the wildcard binds, but to no device.
        boolean found = !localAddress.isAnyLocalAddress() && binds(id, address);
        if (!found || rdma_cm_id.verbs(id).address() == 0) {
          throw new NdkException(
              NdkStatus.INVALID_ADDRESS,
              "no RDMA device has the address " + localAddress.getHostAddress());
        }
        return new Port(
            DevicePort.deviceName(ibv_context.device(rdma_cm_id.verbs(id))),
            Byte.toUnsignedInt(rdma_cm_id.port_num(id)));
      } finally {
        RdmaCm.rdma_destroy_id(id);
      }
    } finally {
      RdmaCore.rdma_destroy_event_channel(channel);
    }
  }

  private static boolean binds(MemorySegment id, MemorySegment address) {
    try {
      RdmaCm.rdma_bind_addr(id, address);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static MemorySegment openContext(MemorySegment device) throws NdkException {
    try {
      return VerbsControl.ibv_open_device(device);
    } catch (ErrnoException e) {
      throw new NdkException(
          Statuses.ofErrno(e.errno()),
          "open "
              + DevicePort.deviceName(device)
              + " (needs read and write access to /dev/infiniband/"
              + ibv_device.dev_name(device).getString(0)
              + "): "
              + e.getMessage(),
          e);
    }
  }

  private static NdkDevice describe(MemorySegment context, int port, Arena arena)
      throws ErrnoException {
    MemorySegment attr = Verbs.ibv_query_port(context, port, arena);
    return new NdkDevice(
        DevicePort.deviceName(ibv_context.device(context)),
        port,
        ibv_port_attr.state(attr) == RdmaCore.IBV_PORT_ACTIVE(),
        DevicePort.technology(context, port, attr),
        DevicePort.addresses(context, port, attr));
  }

  /** {@code ibv_get_device_list}, freed on close; contexts opened from it remain valid. */
  private static final class DeviceList implements AutoCloseable {
    final MemorySegment list;
    final List<MemorySegment> devices = new ArrayList<>();

    DeviceList() throws ErrnoException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment count = arena.allocate(JAVA_INT);
        list = get(count);
        for (int i = 0; i < count.get(JAVA_INT, 0); i++) {
          devices.add(list.getAtIndex(RdmaCore.C_POINTER, i));
        }
      }
    }

    private static MemorySegment get(MemorySegment count) throws ErrnoException {
      try {
        return VerbsControl.ibv_get_device_list(count);
      } catch (ErrnoException e) {
        if (e.errno() == RdmaCore.ENOSYS()) {
          return MemorySegment.NULL; // the kernel has no RDMA at all
        }
        throw e;
      }
    }

    @Override
    public void close() {
      if (list.address() != 0) {
        RdmaCore.ibv_free_device_list(list);
      }
    }
  }
}

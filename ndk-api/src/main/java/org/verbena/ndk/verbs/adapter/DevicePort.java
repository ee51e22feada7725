package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_device;
import org.verbena.binding.rdma.ibv_gid;
import org.verbena.binding.rdma.ibv_gid_entry;
import org.verbena.binding.rdma.ibv_port_attr;
import org.verbena.ndk.NdkRdmaTechnology;

/** The name, technology and addresses of a port of an RDMA device. */
public final class DevicePort {
  private DevicePort() {}

  public static String deviceName(MemorySegment device) {
    return RdmaCore.ibv_get_device_name(device).getString(0);
  }

  /** A port's name, unique and for messages: {@code rxe0/1}. */
  public static String name(MemorySegment device, int port) {
    return deviceName(device) + "/" + port;
  }

  public static NdkRdmaTechnology technology(
      MemorySegment context, int port, MemorySegment portAttr) {
    if (ibv_device.transport_type(ibv_context.device(context)) == RdmaCore.IBV_TRANSPORT_IWARP()) {
      return NdkRdmaTechnology.IWARP;
    }
    if (Byte.toUnsignedInt(ibv_port_attr.link_layer(portAttr))
        != RdmaCore.IBV_LINK_LAYER_ETHERNET()) {
      return NdkRdmaTechnology.INFINIBAND;
    }
    NdkRdmaTechnology technology = NdkRdmaTechnology.ROCE;
    try (Arena arena = Arena.ofConfined()) {
      for (MemorySegment gid : gids(context, port, portAttr, arena)) {
        if (ibv_gid_entry.gid_type(gid) == RdmaCore.IBV_GID_TYPE_ROCE_V2()) {
          technology = NdkRdmaTechnology.ROCE_V2;
        }
      }
    }
    return technology;
  }

  /** RoCE keeps a port's IP addresses as its GIDs, IPv4 ones mapped into IPv6. */
  public static List<InetAddress> addresses(
      MemorySegment context, int port, MemorySegment portAttr) {
    List<InetAddress> addresses = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (MemorySegment gid : gids(context, port, portAttr, arena)) {
        byte[] raw = ibv_gid.raw(ibv_gid_entry.gid(gid)).toArray(JAVA_BYTE);
        InetAddress address = InetAddress.getByAddress(raw); // unmaps IPv4
        boolean ip = ibv_gid_entry.gid_type(gid) != RdmaCore.IBV_GID_TYPE_IB();
        if (ip && !address.isLinkLocalAddress() && !addresses.contains(address)) {
          addresses.add(address);
        }
      }
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
    return List.copyOf(addresses);
  }

  private static List<MemorySegment> gids(
      MemorySegment context, int port, MemorySegment portAttr, Arena arena) {
    List<MemorySegment> gids = new ArrayList<>();
    for (int index = 0; index < ibv_port_attr.gid_tbl_len(portAttr); index++) {
      MemorySegment entry = arena.allocate(ibv_gid_entry.layout());
      try {
        VerbsControl._ibv_query_gid_ex(context, port, index, entry, 0, entry.byteSize());
        gids.add(entry);
      } catch (ErrnoException e) {
        // ENODATA: an empty entry
      }
    }
    return gids;
  }
}

package org.verbena.binding;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.sockaddr_in;
import org.verbena.binding.rdma.sockaddr_in6;

/** {@link InetSocketAddress} to and from {@code struct sockaddr_in} and {@code sockaddr_in6}. */
public final class SocketAddresses {
  private SocketAddresses() {}

  /**
   * Writes an address as a C structure.
   *
   * @param address a resolved IPv4 or IPv6 address with its port
   * @param allocator allocates the result, which lives as long as its memory
   * @return a {@code struct sockaddr_in} or {@code struct sockaddr_in6}
   */
  public static MemorySegment write(InetSocketAddress address, SegmentAllocator allocator) {
    byte[] bytes = address.getAddress().getAddress();
    short port = Short.reverseBytes((short) address.getPort()); // network byte order
    if (address.getAddress() instanceof Inet6Address ip) {
      MemorySegment sockaddr = allocator.allocate(sockaddr_in6.layout());
      sockaddr_in6.sin6_family(sockaddr, (short) RdmaCore.AF_INET6());
      sockaddr_in6.sin6_port(sockaddr, port);
      sockaddr_in6.sin6_scope_id(sockaddr, ip.getScopeId());
      MemorySegment.copy(bytes, 0, sockaddr_in6.sin6_addr(sockaddr), JAVA_BYTE, 0, bytes.length);
      return sockaddr;
    }
    MemorySegment sockaddr = allocator.allocate(sockaddr_in.layout());
    sockaddr_in.sin_family(sockaddr, (short) RdmaCore.AF_INET());
    sockaddr_in.sin_port(sockaddr, port);
    MemorySegment.copy(bytes, 0, sockaddr_in.sin_addr(sockaddr), JAVA_BYTE, 0, bytes.length);
    return sockaddr;
  }

  /**
   * Reads an address from a C structure.
   *
   * @param sockaddr at least a {@code struct sockaddr_in6} in size
   * @return the address, or null if it is neither IPv4 nor IPv6, as an unbound one
   */
  public static @Nullable InetSocketAddress read(MemorySegment sockaddr) {
    int family = sockaddr_in.sin_family(sockaddr);
    int port = Short.toUnsignedInt(Short.reverseBytes(sockaddr_in.sin_port(sockaddr)));
    try {
      if (family == RdmaCore.AF_INET()) {
        byte[] bytes = sockaddr_in.sin_addr(sockaddr).toArray(JAVA_BYTE);
        return new InetSocketAddress(Inet4Address.getByAddress(bytes), port);
      }
      if (family == RdmaCore.AF_INET6()) {
        byte[] bytes = sockaddr_in6.sin6_addr(sockaddr).toArray(JAVA_BYTE);
        int scope = sockaddr_in6.sin6_scope_id(sockaddr);
        InetAddress address =
            scope == 0
                ? InetAddress.getByAddress(bytes)
                : Inet6Address.getByAddress(null, bytes, scope);
        return new InetSocketAddress(address, port);
      }
      return null;
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}

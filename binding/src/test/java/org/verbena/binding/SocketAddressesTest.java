package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.verbena.binding.rdma.opaque_sockaddr;
import org.verbena.binding.rdma.sockaddr_in6;

class SocketAddressesTest {
  @ParameterizedTest
  @ValueSource(strings = {"192.168.77.1", "fd77::1", "fe80::1%7"})
  void anAddressSurvivesTheRoundTrip(String host) {
    InetSocketAddress address = new InetSocketAddress(host, 61234);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment storage = arena.allocate(opaque_sockaddr.layout());
      storage.copyFrom(SocketAddresses.write(address, arena));
      assertEquals(address, SocketAddresses.read(storage));
    }
  }

  @Test
  void anUnboundAddressIsNull() {
    try (Arena arena = Arena.ofConfined()) {
      assertNull(SocketAddresses.read(arena.allocate(sockaddr_in6.layout())));
    }
  }
}

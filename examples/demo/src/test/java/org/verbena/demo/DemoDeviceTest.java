package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo's two programs, with valid and invalid input. */
@Timeout(300) // JVMs start slowly on a busy emulated machine
@Tag("device")
class DemoDeviceTest {
  private static final String A = System.getenv("VERBENA_ADDR_A");
  private static final String B = System.getenv("VERBENA_ADDR_B");
  private static final String FOREIGN_ADDRESS = "192.0.2.99";

  @Test
  @Tag("long")
  void theBufferArrivesAndComesBack() throws Exception {
    String address = B + ":18601";
    try (Program listener = Program.demoProcess("listen", address)) {
      listener.awaitLine("listening on ");
      try (Program client = Program.demoProcess(connect(A, address))) {
        assertAllMoved(client, listener);
      }
    }
  }

  @Test
  void theBufferArrivesAndComesBackOverIpv6() throws Exception {
    String address = "[" + System.getenv("VERBENA_ADDR6_B") + "]:18601";
    try (Program listener = Program.demo("listen", address)) {
      listener.awaitLine("listening on ");
      try (Program client = Program.demo(connect(System.getenv("VERBENA_ADDR6_A"), address))) {
        assertAllMoved(client, listener);
      }
    }
  }

  private static String[] connect(String local, String listener) {
    return new String[] {"connect", "--mib", "3", "--rounds", "20", local, listener};
  }

  private static void assertAllMoved(Program client, Program listener) throws Exception {
    List<String> lines = client.awaitEnd(0);
    assertHas(lines, "RDMA WRITE of 3 MiB in ");
    assertHas(lines, "the listener's buffer matches the client's: ");
    assertHas(lines, "RDMA READ of 3 MiB in ");
    assertHas(lines, "the data read back matches the client's: ");
    assertHas(lines, "ping-pong of 64 bytes, 20 rounds");
    assertEquals("done", lines.getLast());
    lines = listener.awaitEnd(0);
    assertHas(lines, "private data: request for 3 MiB");
    assertHas(lines, "the client has disconnected");
    assertEquals("done", lines.getLast());
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (Program first = Program.demo("listen", B + ":18602")) {
      first.awaitLine("listening on ");
      try (Program second = Program.demo("listen", B + ":18602")) {
        assertEquals(
            "verbena-demo: " + B + ":18602 is in use; choose another port",
            second.awaitEnd(1).getLast());
      }
    }
  }

  @Test
  void aMissingListenerIsNamed() throws Exception {
    try (Program client = Program.demo("connect", "--mib", "1", A, B + ":18603")) {
      assertEquals("verbena-demo: no listener on " + B + ":18603", client.awaitEnd(1).getLast());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {FOREIGN_ADDRESS, "127.0.0.1", "::1"})
  void anAddressWithoutDeviceIsNamed(String address) throws Exception {
    try (Program listener = Program.demo("listen", address)) {
      List<String> lines = listener.awaitEnd(1);
      assertEquals(1, lines.size(), lines::toString);
      assertHas(lines, "verbena-demo: no RDMA device of this machine has the address ");
      assertTrue(lines.getLast().contains(System.getenv("VERBENA_DEVICE_A") + " port 1 ("));
    }
  }

  @Test
  @Tag("long")
  void aListenerThatDiesEndsTheClient() throws Exception {
    try (Program listener = Program.demoProcess("listen", B + ":18604")) {
      listener.awaitLine("listening on ");
      // Too much to move before the listener is gone.
      try (Program client = Program.demo("connect", "--mib", "128", A, B + ":18604")) {
        client.awaitLine("connected: ");
        listener.kill();
        // A post fails, or a request in flight: the memory may be gone before the connection.
        String last = client.awaitEnd(1).getLast();
        assertTrue(last.matches("verbena-demo: (RDMA WRITE |WRITE failed: ).*"), last);
      }
    }
  }

  @Test
  @Tag("long")
  void aClientThatDiesEndsTheListener() throws Exception {
    try (Program listener = Program.demo("listen", B + ":18605")) {
      listener.awaitLine("listening on ");
      try (Program client = Program.demoProcess("connect", "--mib", "128", A, B + ":18605")) {
        client.awaitLine("connected: ");
        client.kill();
        assertEquals(
            "verbena-demo: the peer disconnected too early", listener.awaitEnd(1).getLast());
      }
    }
  }

  private static void assertHas(List<String> lines, String start) {
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith(start)),
        () -> "no line '" + start + "...' in: " + lines);
  }
}

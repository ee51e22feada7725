package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compares the channel with an array that is read and written in the same way. */
@Tag("device")
@Tag("peer")
@Timeout(300)
@ExtendWith(KernelTarget.class)
class NamespaceChannelPeerTest {
  private static final int AREA = 3 << 20;

  private NvmfHost host;
  private Controller controller;
  private Namespace namespace;
  private NamespaceChannel channel;

  @BeforeEach
  void open() throws IOException {
    host = NvmfHost.open(KernelTarget.local());
    controller = host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM);
    namespace = controller.namespace(KernelTarget.MEMORY);
    channel = new NamespaceChannel(host, controller, controller.queue(0), namespace);
  }

  @AfterEach
  void close() {
    channel.close();
    controller.close();
    host.close();
  }

  @Test
  void anyPositionAndLengthWorks() throws IOException {
    SplittableRandom random = new SplittableRandom(11);
    byte[] expected = new byte[AREA];
    assertEquals(AREA, channel.write(ByteBuffer.wrap(expected)));
    assertEquals(AREA, channel.position());
    for (int round = 0; round < 60; round++) {
      int length = random.nextInt(1, 1 << random.nextInt(1, 22));
      length = Math.min(length, AREA / 2);
      int at = random.nextInt(AREA - length);
      if (random.nextBoolean()) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, expected, at, length);
        assertEquals(length, channel.position(at).write(ByteBuffer.wrap(bytes)));
      } else {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        assertEquals(length, channel.position(at).read(bytes));
        assertArrayEquals(java.util.Arrays.copyOfRange(expected, at, at + length), bytes.array());
      }
    }
    channel.force();
    ByteBuffer all = ByteBuffer.allocateDirect(AREA);
    assertEquals(AREA, channel.position(0).read(all));
    assertEquals(ByteBuffer.wrap(expected), all.flip());
  }

  @Test
  void theEndIsTheNamespaces() throws IOException {
    assertEquals(namespace.bytes(), channel.size());
    channel.position(channel.size() - 3);
    assertEquals(3, channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));
    assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
    ByteBuffer more = ByteBuffer.allocate(100);
    assertEquals(3, channel.position(channel.size() - 3).read(more));
    assertArrayEquals(new byte[] {1, 2, 3}, java.util.Arrays.copyOf(more.array(), 3));
    IOException e =
        assertThrows(
            IOException.class,
            () -> channel.position(channel.size() - 3).write(ByteBuffer.allocate(4)));
    assertEquals(
        "4 bytes at byte %d do not fit in namespace 1, which has %d bytes"
            .formatted(channel.size() - 3, channel.size()),
        e.getMessage());
    assertThrows(IOException.class, () -> channel.truncate(0));
    assertThrows(IllegalArgumentException.class, () -> channel.position(-1));
  }

  @Test
  void aClosedChannelSaysSo() {
    channel.close();
    assertFalse(channel.isOpen());
    assertThrows(ClosedChannelException.class, () -> channel.read(ByteBuffer.allocate(1)));
    assertThrows(ClosedChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
    assertThrows(ClosedChannelException.class, channel::force);
  }
}

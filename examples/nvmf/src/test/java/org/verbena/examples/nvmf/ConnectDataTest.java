package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The private data of connection requests and rejects. */
class ConnectDataTest {
  private static final byte[] NO_RESOURCES = {0, 0, 6, 0};
  private static final byte[] UNKNOWN = {0, 0, 99, 0};

  @Test
  void aRequestNamesQueueAndSizes() {
    byte[] request = ConnectData.request(2, 128);
    assertEquals(32, request.length);
    assertEquals("0000020080007f000000", HexFormat.of().formatHex(Arrays.copyOf(request, 10)));
  }

  @Test
  void aRejectSaysWhy() {
    assertEquals("a: no target listens there", message(new byte[0]));
    assertEquals("a: no target listens there", message(new byte[148]));
    assertEquals("a: the target has no resources for another queue", message(NO_RESOURCES));
    assertEquals("a: the target rejected the connection with status 99", message(UNKNOWN));
  }

  /** A target may start to listen, or have resources, later. */
  @Test
  void otherRejectsArePermanent() {
    assertFalse(ConnectData.refusal("a", new byte[0]) instanceof NvmeException);
    assertFalse(ConnectData.refusal("a", NO_RESOURCES) instanceof NvmeException);
    assertTrue(
        ConnectData.refusal("a", UNKNOWN) instanceof NvmeException refusal && refusal.permanent());
  }

  private static String message(byte[] privateData) {
    return ConnectData.refusal("a", privateData).getMessage();
  }
}

package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The private data of connection requests and rejects. */
class ConnectDataTest {
  @Test
  void aRequestNamesQueueAndSizes() {
    byte[] request = ConnectData.request(2, 128);
    assertEquals(32, request.length);
    assertEquals("0000020080007f000000", HexFormat.of().formatHex(Arrays.copyOf(request, 10)));
  }

  @Test
  void aRejectSaysWhy() {
    assertEquals("no target listens there", ConnectData.refusal(new byte[0]));
    assertEquals("no target listens there", ConnectData.refusal(new byte[148]));
    byte[] noRoom = {0, 0, 6, 0};
    assertEquals("the target has no room for another queue", ConnectData.refusal(noRoom));
    byte[] unknown = {0, 0, 99, 0};
    assertEquals("the target rejected the connection with status 99", ConnectData.refusal(unknown));
  }
}

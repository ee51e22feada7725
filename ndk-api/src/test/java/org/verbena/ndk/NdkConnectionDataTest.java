package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class NdkConnectionDataTest {
  @Test
  void thePrivateDataIsACopyBothWays() {
    byte[] bytes = {1, 2, 3};
    NdkConnectionData data = new NdkConnectionData(4, 5, bytes);
    bytes[0] = 9;
    data.privateData()[1] = 9;
    assertArrayEquals(new byte[] {1, 2, 3}, data.privateData());
  }

  @Test
  void dataOfEqualContentsAreEqual() {
    NdkConnectionData data = new NdkConnectionData(4, 5, new byte[] {1, 2});
    assertEquals(data, new NdkConnectionData(4, 5, new byte[] {1, 2}));
    assertEquals(data.hashCode(), new NdkConnectionData(4, 5, new byte[] {1, 2}).hashCode());
    assertNotEquals(data, new NdkConnectionData(4, 5, new byte[] {1, 3}));
    assertNotEquals(data, new NdkConnectionData(4, 6, new byte[] {1, 2}));
    assertNotEquals(data, new NdkConnectionData(3, 5, new byte[] {1, 2}));
  }
}

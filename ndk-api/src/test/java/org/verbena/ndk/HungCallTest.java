package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A call of rdma-core's libraries does not return. */
@Tag("device")
@Tag("long")
class HungCallTest {
  @Test
  @Covers("NdkConnect")
  void aConnectWhoseRouteIsNeverResolvedTimesOut() throws Exception {
    assertEquals(0, ChildJvm.run(HungIbacm.class, Map.of()));
  }
}

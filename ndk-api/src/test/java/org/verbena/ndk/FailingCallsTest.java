package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Calls of rdma-core's libraries fail, or do not return. */
@Tag("device")
class FailingCallsTest {
  @Test
  void eachCallThatFailsEndsWithAStatusAndLeavesNothingBehind() throws Exception {
    String failing = Path.of("target", "scripted", "failing.so").toAbsolutePath().toString();
    assertEquals(0, ChildJvm.run(FailingLives.class, Map.of("LD_PRELOAD", failing)));
  }

  @Test
  @Covers("NdkConnect")
  void aConnectWhoseRouteIsNeverResolvedTimesOut() throws Exception {
    assertEquals(0, ChildJvm.run(HungIbacm.class, Map.of()));
  }
}

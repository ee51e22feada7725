package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of rdma-core's libraries fail, each in a life of its own: part of {@link FailingCalls}. */
@Tag("device")
@Tag("long")
@Timeout(700)
class FailingCallsTest {
  @Test
  void aCallThatFailsEndsWithAStatusAndLeavesNothingBehind() throws Exception {
    String failing = Path.of("target", "scripted", "failing.so").toAbsolutePath().toString();
    int wrong =
        ChildJvm.run(
            FailingCalls.class, Map.of("LD_PRELOAD", failing), "ibv_destroy_qp", "rdma_disconnect");
    assertEquals(0, wrong, "lives");
  }
}

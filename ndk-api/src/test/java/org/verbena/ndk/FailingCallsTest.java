package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each call of rdma-core's libraries fails, in a life of its own. */
@Tag("device")
@Timeout(1200)
class FailingCallsTest {
  @Test
  void aCallThatFailsEndsWithAStatusAndLeavesNothingBehind() throws Exception {
    String failing = Path.of("target", "scripted", "failing.so").toAbsolutePath().toString();
    assertEquals(0, ChildJvm.run(FailingLives.class, Map.of("LD_PRELOAD", failing)), "lives");
  }
}

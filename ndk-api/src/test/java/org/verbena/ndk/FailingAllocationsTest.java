package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.verbena.binding.RdmaCm;

/**
 * Memory runs out, at one allocation in each of many lives. {@code -Dverbena.allocations} names the
 * classes, separated by commas, in which it does; nothing stands for all.
 */
@Tag("device")
@Tag("long")
@Timeout(1900)
class FailingAllocationsTest {
  private static final String CLASSES =
      System.getProperty("verbena.allocations", "VerbsObject,Request,QpDrain");

  @TempDir private Path classes;

  @ParameterizedTest
  @ValueSource(strings = {"0", "100"})
  void memoryThatRunsOutEndsWithAStatusAndLeavesNothingBehind(String millis) throws Exception {
    for (Class<?> ours : new Class<?>[] {NdkAdapter.class, RdmaCm.class}) {
      Path folder = Path.of(ours.getProtectionDomain().getCodeSource().getLocation().toURI());
      AllocatingClasses.rewrite(folder, classes);
    }
    int wrong = ChildJvm.run(FailingAllocations.class, classes, millis, CLASSES);
    assertEquals(0, wrong, "lives");
  }
}

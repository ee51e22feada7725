package org.verbena.ndk.verbs.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IntObjectMapTest {
  private final IntObjectMap<Integer> table = new IntObjectMap<>();

  @Test
  void itHoldsWhatAMapHolds() {
    Random random = new Random(1);
    Map<Integer, Integer> expected = new HashMap<>();
    for (int round = 0; round < 100_000; round++) {
      int key = random.nextInt(64) << random.nextInt(26);
      if (random.nextBoolean()) {
        table.put(key, round);
        expected.put(key, round);
      } else {
        table.remove(key);
        expected.remove(key);
      }
      int asked = random.nextInt(64) << random.nextInt(26);
      assertEquals(expected.get(asked), table.get(asked));
    }
    Set<Integer> values = new HashSet<>();
    table.forEach(values::add);
    assertEquals(new HashSet<>(expected.values()), values);
  }

  @Test
  void manyEntriesGoOneByOneInNoTime() {
    int count = 200_000;
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int key = 0; key < count; key++) {
            table.put(key, key);
          }
          for (int key = 0; key < count; key++) {
            assertEquals(key, table.get(key));
            table.remove(key);
            assertEquals(null, table.get(key));
          }
        });
  }
}

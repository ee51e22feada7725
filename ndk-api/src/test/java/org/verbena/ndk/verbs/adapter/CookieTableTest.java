package org.verbena.ndk.verbs.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CookieTableTest {
  private final CookieTable<String> table = new CookieTable<>();

  @Test
  void anEmptyTableHasNothing() {
    table.remove(1);
    assertNull(table.get(1));
    assertEquals(0, table.all().size());
  }

  @Test
  void itIsLikeAMap() {
    Random random = new Random(7);
    TreeMap<Long, String> map = new TreeMap<>();
    for (int round = 0; round < 2000; round++) {
      long cookie = random.nextInt(50) - 25L;
      if (map.remove(cookie) == null) {
        map.put(cookie, "object " + round);
        table.put(cookie, "object " + round);
      } else {
        table.remove(cookie);
      }
      assertEquals(map.get(cookie), table.get(cookie));
      assertEquals(new ArrayList<>(map.values()), table.all());
    }
  }
}

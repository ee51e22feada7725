package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The namespaces of a target that changes. */
class NamespacesTest {
  private static final int GUID = 2;
  private static final int UUID = 3;

  private final Map<Integer, MemorySegment> data = new TreeMap<>();
  private final Map<Integer, MemorySegment> descriptors = new TreeMap<>();
  private final Namespaces namespaces = new Namespaces();

  /** Adds a namespace with one LBA format to the target. */
  private void put(int id, long blocks, int log2Block, int metadata, int... identifiers) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[AdminQueue.DATA_SIZE]);
    bytes.set(Layout.U64, 0, blocks);
    bytes.set(Layout.U32, 128, log2Block << 16 | metadata);
    data.put(id, bytes);
    MemorySegment list = MemorySegment.ofArray(new byte[AdminQueue.DATA_SIZE]);
    for (int i = 0; i < identifiers.length; i += 2) {
      long at = 20L * (i / 2);
      list.set(Layout.U8, at, (byte) identifiers[i]);
      list.set(Layout.U8, at + 1, (byte) 16);
      list.asSlice(at + 4, 16).fill((byte) identifiers[i + 1]);
    }
    descriptors.put(id, list);
  }

  private MemorySegment identify(int kind, int id) throws IOException {
    if (kind == AdminQueue.IDENTIFY_ACTIVE_NAMESPACES) {
      MemorySegment list = MemorySegment.ofArray(new byte[AdminQueue.DATA_SIZE]);
      long at = 0;
      for (int active : data.keySet()) {
        if (active > id && at < AdminQueue.DATA_SIZE) {
          list.set(Layout.U32, at, active);
          at += Integer.BYTES;
        }
      }
      return list;
    }
    if (!data.containsKey(id)) {
      throw new NvmeException("identify", NvmeStatus.INVALID_NAMESPACE);
    }
    return kind == AdminQueue.IDENTIFY_NAMESPACE ? data.get(id) : descriptors.get(id);
  }

  @Test
  void thoseThatCannotBeUsedAreLeftOut() throws Exception {
    put(1, 1000, 9, 0);
    put(2, 1000, 9, 8);
    put(3, 1000, 0, 0);
    put(5, 10, 12, 0, UUID, 0x55, GUID, 0x66);
    assertEquals(List.of(1, 2, 3, 5), Namespaces.ids(this::identify));
    assertEquals(
        List.of(
            new Namespace(1, 1000, 512, ""), new Namespace(5, 10, 4096, "uuid." + "5".repeat(32))),
        namespaces.usable(this::identify));
    NvmeException e = assertThrows(NvmeException.class, () -> namespaces.get(this::identify, 2));
    assertEquals("use namespace 2: blocks with metadata are not supported", e.getMessage());
    e = assertThrows(NvmeException.class, () -> namespaces.get(this::identify, 3));
    assertEquals("use namespace 3: blocks of 2^0 bytes are not supported", e.getMessage());
    assertThrows(NvmeException.class, () -> namespaces.get(this::identify, 4));
  }

  @Test
  void moreThanAListHoldsAreAskedForAgain() throws Exception {
    for (int id = 1; id <= 2048; id++) {
      put(id, 1, 9, 0);
    }
    assertEquals(List.copyOf(data.keySet()), Namespaces.ids(this::identify));
  }

  @Test
  void theSameDiskMayGrowOrGo() throws Exception {
    put(1, 1000, 9, 0, GUID, 7);
    put(2, 1000, 9, 0, GUID, 8);
    namespaces.usable(this::identify);
    put(1, 2000, 9, 0, GUID, 7);
    data.remove(2);
    namespaces.check(this::identify);
  }

  @Test
  void anotherDiskIsNoticed() throws Exception {
    put(1, 1000, 9, 0, GUID, 7);
    namespaces.get(this::identify, 1);
    namespaces.check(this::identify);
    put(1, 1000, 9, 0, GUID, 8);
    isNoticed();
    put(1, 999, 9, 0, GUID, 7);
    isNoticed();
    put(1, 1000, 12, 0, GUID, 7);
    isNoticed();
    put(1, 1000, 9, 8, GUID, 7);
    isNoticed();
  }

  private void isNoticed() {
    NvmeException e = assertThrows(NvmeException.class, () -> namespaces.check(this::identify));
    assertTrue(e.permanent(), e.getMessage());
  }
}

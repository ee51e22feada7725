package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The attributes of controllers and namespaces. */
class IdentifyTest {
  private final MemorySegment data = MemorySegment.ofArray(new byte[4096]);

  private void controller() {
    Layout.putText(data, 24, 40, "Linux                                   ");
    Layout.putText(data, 768, 256, "nqn.2026-11.org.example:store");
    data.set(ValueLayout.JAVA_BYTE, 77, (byte) 8); // 2^8 pages
    data.set(Layout.U16, 520, (short) (1 << 2 | 1 << 3));
    data.set(Layout.U32, 536, 1 | 1 << 2 | 1 << 20);
    data.set(Layout.U32, 1792, (64 + 4096) / 16);
  }

  @Test
  void aControllerTellsWhatItCanDo() throws Exception {
    controller();
    ControllerInfo info = ControllerInfo.of(data, 4096);
    assertEquals("Linux", info.model());
    assertEquals("nqn.2026-11.org.example:store", info.subsystem());
    assertEquals(1 << 20, info.maxTransferSize());
    assertEquals(4096, info.maxInCapsuleData());
    assertTrue(info.writeZeroes());
    assertTrue(info.datasetManagement());
    assertFalse(info.volatileWriteCache());
  }

  @Test
  void aControllerWithoutALimitHasThatOfTheSgl() throws Exception {
    controller();
    data.set(ValueLayout.JAVA_BYTE, 77, (byte) 0);
    int most = ControllerInfo.of(data, 4096).maxTransferSize();
    assertEquals((1 << 24) - 4096, most);
  }

  @Test
  void withoutOffsetsInSglsThereIsNoDataInCapsules() throws Exception {
    controller();
    data.set(Layout.U32, 536, 1 | 1 << 2);
    assertEquals(0, ControllerInfo.of(data, 4096).maxInCapsuleData());
  }

  @Test
  void aControllerWithoutKeyedSglsIsRefused() {
    controller();
    data.set(Layout.U32, 536, 1);
    assertThrows(NvmeException.class, () -> ControllerInfo.of(data, 4096));
  }

  @Test
  void aNamespaceHasBlocksOfItsFormat() throws Exception {
    data.set(Layout.U64, 0, 1000);
    data.set(ValueLayout.JAVA_BYTE, 26, (byte) 1);
    data.set(Layout.U32, 128, 9 << 16);
    data.set(Layout.U32, 132, 12 << 16);
    Namespace namespace = Namespace.of(7, data, MemorySegment.NULL);
    assertEquals(new Namespace(7, 1000, 4096, ""), namespace);
    assertEquals(4_096_000, namespace.bytes());
  }

  @Test
  void aDiscoveryEntryNamesSubsystemAndAddress() {
    data.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    data.set(ValueLayout.JAVA_BYTE, 2, (byte) 2);
    data.set(Layout.U16, 4, (short) 5);
    Layout.putText(data, 32, 32, "4420   ");
    Layout.putText(data, 256, 256, "nqn.2026-11.org.example:store");
    Layout.putText(data, 512, 256, "192.0.2.1");
    DiscoveryEntry expected =
        new DiscoveryEntry(1, false, 5, "192.0.2.1", "4420", "nqn.2026-11.org.example:store");
    assertEquals(expected, DiscoveryEntry.of(data));
    assertEquals("rdma", expected.transportName());
  }
}

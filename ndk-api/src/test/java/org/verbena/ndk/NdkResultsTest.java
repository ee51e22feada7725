package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class NdkResultsTest {
  private static void writeResult(MemorySegment memory, long offset) {
    memory.set(JAVA_INT, offset, NdkStatus.REMOTE_RESOURCES.code());
    memory.set(JAVA_INT, offset + 4, 0xFFFF_FFFE);
    memory.set(JAVA_LONG, offset + 8, 0x8877_6655_4433_2211L);
    memory.set(JAVA_LONG, offset + 16, 0xFEDC_BA98_7654_3210L);
  }

  private static void checkResult(NdkResults results, int index) {
    assertEquals(NdkStatus.REMOTE_RESOURCES, results.status(index));
    assertEquals(0xFFFF_FFFEL, results.bytesTransferred(index));
    assertEquals(0x8877_6655_4433_2211L, results.qpContext(index));
    assertEquals(0xFEDC_BA98_7654_3210L, results.requestContext(index));
  }

  @Test
  void anEntryIsAnNdkResult() {
    NdkResults results = new NdkResults(3);
    assertEquals(3, results.capacity());
    assertEquals(72, results.segment().byteSize());
    writeResult(results.segment(), 48);
    checkResult(results, 2);
    assertEquals(0, results.requestContext(1), "the entry before");
  }

  @Test
  void anExEntryIsAnNdkResultEx() {
    NdkResultsEx results = new NdkResultsEx(2);
    assertEquals(80, results.segment().byteSize());
    writeResult(results.segment(), 40);
    results.segment().set(JAVA_INT, 64, 32769);
    results.segment().set(JAVA_INT, 68, 0x0A00_0001);
    results.segment().set(JAVA_LONG, 72, 0x1234_5678L);
    checkResult(results, 1);
    assertEquals(NdkOperationType.RECEIVE_AND_INVALIDATE, results.type(1));
    assertEquals(0x0A00_0001, results.providerErrorCode(1));
    assertEquals(0x1234_5678L, results.typeSpecificCompletionOutput(1));
  }

  @Test
  void anArrayOfNothingIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new NdkResults(0));
    assertThrows(IllegalArgumentException.class, () -> new NdkResultsEx(-1));
  }

  @Test
  void anIndexOutsideTheArrayIsRefused() {
    NdkResultsEx results = new NdkResultsEx(2);
    assertThrows(IndexOutOfBoundsException.class, () -> results.status(2));
    assertThrows(IndexOutOfBoundsException.class, () -> results.requestContext(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> results.providerErrorCode(2));
  }
}

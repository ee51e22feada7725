package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NdkStatusTest {
  /** NTSTATUS values as in Microsoft's headers, without STATUS_ and NDIS_STATUS_. */
  private static final String NTSTATUS =
      """
      SUCCESS                  00000000
      PENDING                  00000103
      BUFFER_OVERFLOW          80000005
      DEVICE_BUSY              80000011
      NO_MORE_ENTRIES          8000001A
      UNSUCCESSFUL             C0000001
      ACCESS_VIOLATION         C0000005
      INVALID_HANDLE           C0000008
      INVALID_PARAMETER        C000000D
      INVALID_DEVICE_REQUEST   C0000010
      NO_MEMORY                C0000017
      ACCESS_DENIED            C0000022
      BUFFER_TOO_SMALL         C0000023
      INVALID_PARAMETER_MIX    C0000030
      DATA_OVERRUN             C000003C
      SHARING_VIOLATION        C0000043
      INSUFFICIENT_RESOURCES   C000009A
      DEVICE_NOT_READY         C00000A3
      IO_TIMEOUT               C00000B5
      NOT_SUPPORTED            C00000BB
      INTERNAL_ERROR           C00000E5
      CANCELLED                C0000120
      REMOTE_RESOURCES         C000013D
      INVALID_ADDRESS          C0000141
      INVALID_DEVICE_STATE     C0000184
      INVALID_BUFFER_SIZE      C0000206
      TOO_MANY_ADDRESSES       C0000209
      ADDRESS_ALREADY_EXISTS   C000020A
      CONNECTION_DISCONNECTED  C000020C
      CONNECTION_REFUSED       C0000236
      CONNECTION_INVALID       C000023A
      CONNECTION_ACTIVE        C000023B
      NETWORK_UNREACHABLE      C000023C
      HOST_UNREACHABLE         C000023D
      CONNECTION_ABORTED       C0000241
      DEVICE_REMOVED           C00002B6
      IMPLEMENTATION_LIMIT     C000042B
      BAD_VERSION              C0010004
      ADAPTER_NOT_READY        C0010011
      """;

  @Test
  void namesAndValuesAreThoseOfNtstatus() {
    Map<String, String> expected =
        NTSTATUS
            .lines()
            .map(line -> line.split(" +"))
            .collect(Collectors.toMap(word -> word[0], word -> word[1]));
    Map<String, String> actual =
        Stream.of(NdkStatus.values())
            .collect(Collectors.toMap(NdkStatus::name, s -> "%08X".formatted(s.code())));
    assertEquals(new TreeMap<>(expected), new TreeMap<>(actual));
  }

  @Test
  void everyValueLeadsBackToItsStatus() {
    for (NdkStatus status : NdkStatus.values()) {
      assertSame(status, NdkStatus.of(status.code()));
    }
  }

  @Test
  void onlySuccessAndPendingAreNotNegative() {
    for (NdkStatus status : NdkStatus.values()) {
      boolean good = status == NdkStatus.SUCCESS || status == NdkStatus.PENDING;
      assertEquals(good, status.code() >= 0, status.name());
    }
  }

  @Test
  void aValueThatIsNoStatusIsRefusedByName() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> NdkStatus.of(0xC0FFEE00));
    assertTrue(e.getMessage().contains("0xC0FFEE00"), e.getMessage());
  }
}

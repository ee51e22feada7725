package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Writes NdkConnectionData as NdkGetConnectionData's four output parameters. */
final class ConnectionDataCopy {
  private ConnectionDataCopy() {}

  static NdkStatus copy(
      NdkConnector connector,
      @Nullable MemorySegment inboundReadLimit,
      @Nullable MemorySegment outboundReadLimit,
      @Nullable MemorySegment privateData,
      MemorySegment privateDataLength) {
    int capacity = privateDataLength.get(JAVA_INT_UNALIGNED, 0);
    if (capacity < 0 || (privateData == null && capacity > 0)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    NdkConnectionData data;
    try {
      data = connector.getConnectionData();
    } catch (NdkException e) {
      return e.status();
    }
    put(inboundReadLimit, data.inboundReadLimit());
    put(outboundReadLimit, data.outboundReadLimit());
    byte[] bytes = data.privateData();
    put(privateDataLength, bytes.length);
    if (privateData == null) {
      return NdkStatus.SUCCESS;
    }
    MemorySegment.copy(bytes, 0, privateData, JAVA_BYTE, 0, Math.min(capacity, bytes.length));
    return capacity < bytes.length ? NdkStatus.BUFFER_TOO_SMALL : NdkStatus.SUCCESS;
  }

  private static void put(@Nullable MemorySegment target, int value) {
    if (target != null) {
      target.set(JAVA_INT_UNALIGNED, 0, value);
    }
  }
}

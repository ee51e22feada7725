package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;

/** Registered memory. */
record Buffer(MemorySegment memory, NdkMr mr) {
  static final int ALL_RIGHTS =
      NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE
          | NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ
          | NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

  long address() {
    return memory.address();
  }

  int localToken() {
    return mr.getLocalTokenFromMr();
  }

  int remoteToken() {
    return mr.getRemoteTokenFromMr();
  }

  NdkSgl sgl() {
    return NdkSgl.of(memory, localToken());
  }

  NdkSgl sgl(long offset, long length) {
    return NdkSgl.of(memory.asSlice(offset, length), localToken());
  }

  /** An element with a false length, for requests that must not reach the device. */
  @SuppressWarnings("restricted")
  NdkSgl sglOfLength(long length) {
    return NdkSgl.of(MemorySegment.ofAddress(address()).reinterpret(length), localToken());
  }

  Buffer put(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
    return this;
  }

  /** The first bytes as text. */
  String text(long length) {
    return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
  }

  /** Fills the memory with a pattern that depends on the offset and the seed. */
  Buffer fill(long seed) {
    long size = memory.byteSize();
    long words = size / Long.BYTES;
    for (long i = 0; i < words; i++) {
      memory.set(JAVA_LONG_UNALIGNED, i * Long.BYTES, (seed + i) * 0x9E37_79B9_7F4A_7C15L);
    }
    for (long i = words * Long.BYTES; i < size; i++) {
      memory.set(JAVA_BYTE, i, (byte) (seed + i));
    }
    return this;
  }

  boolean hasSameBytesAs(Buffer other) {
    return memory.mismatch(other.memory) == -1;
  }
}

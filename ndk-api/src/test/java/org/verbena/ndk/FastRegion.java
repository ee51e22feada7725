package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;

/** Memory with its logical address mapping, and a region ready for fast registration over it. */
final class FastRegion {
  static final long PAGE_SIZE = NdkLogicalAddressMapping.PAGE_SIZE;

  final MemorySegment memory;
  final NdkLogicalAddressMapping lam;
  final NdkMr mr;
  private final Endpoint owner;

  FastRegion(Endpoint owner, MemorySegment memory) throws Exception {
    this.owner = owner;
    this.memory = memory;
    lam = NdkLogicalAddressMapping.forMemory(memory);
    mr = owner.side.pd.createMr(true);
    Await.done(mr.initializeFastRegisterMr(lam.capacity(), true));
    Await.done(owner.side.adapter.buildLam(memory, lam));
  }

  long address() {
    return memory.address();
  }

  /** Posts a registration of part of the memory. */
  NdkStatus post(long requestContext, MemorySegment part, int flags) {
    long start = part.address();
    long offset = start % PAGE_SIZE;
    int firstPage = (int) ((start - lam.adapterPage(0)) / PAGE_SIZE);
    long pages = NdkLogicalAddressMapping.pages(part);
    return owner.qp.fastRegister(
        requestContext,
        mr,
        (int) pages,
        lam.adapterPageArray().asSlice(8L * firstPage, 8 * pages),
        (int) offset,
        part.byteSize(),
        start,
        flags);
  }

  /** Registers all of the memory and returns the token. */
  int register(int flags) {
    return register(memory, flags);
  }

  /** Registers part of the memory and returns the token, which is known before the result. */
  int register(MemorySegment part, int flags) {
    assertEquals(NdkStatus.SUCCESS, post(9, part, flags));
    int token = mr.getRemoteTokenFromMr();
    assertSuccess(NdkOperationType.FAST_REGISTER);
    assertEquals(token, mr.getRemoteTokenFromMr());
    return token;
  }

  void invalidate() {
    assertEquals(NdkStatus.SUCCESS, owner.qp.invalidate(9, mr, 0));
    assertSuccess(NdkOperationType.INVALIDATE);
  }

  private void assertSuccess(NdkOperationType type) {
    Result result = Result.take(owner.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
    assertEquals(type, result.type(), result::toString);
  }

  /** The first bytes as text. */
  String text(long length) {
    return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
  }
}

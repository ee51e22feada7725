package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;

/** One-sided requests, posted and awaited. */
final class OneSided {
  static final int READ_WRITE =
      NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ | NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;

  private OneSided() {}

  /** Writes all of a buffer to the peer and returns the status. */
  static NdkStatus write(Endpoint from, Buffer source, long address, int token) {
    assertEquals(NdkStatus.SUCCESS, from.qp.write(1, source.sgl(), 1, address, token, 0));
    return Result.take(from.initiatorCq).status();
  }

  /** Reads from the peer into all of a buffer and returns the status. */
  static NdkStatus read(Endpoint to, Buffer sink, long address, int token) {
    assertEquals(NdkStatus.SUCCESS, to.qp.read(1, sink.sgl(), 1, address, token, 0));
    return Result.take(to.initiatorCq).status();
  }

  /** Binds a window for remote reads and writes and returns its token. */
  static int bind(Endpoint owner, Buffer region, NdkMw mw) {
    return bind(owner, region, mw, region.memory(), READ_WRITE);
  }

  /** Binds a window and returns its token. */
  static int bind(Endpoint owner, Buffer region, NdkMw mw, MemorySegment part, int flags) {
    Await.posted(() -> owner.qp.bind(2, region.mr(), mw, part, flags));
    int token = mw.getRemoteTokenFromMw();
    assertSuccess(owner, NdkOperationType.BIND);
    return token;
  }

  static void invalidate(Endpoint owner, NdkMw mw) {
    Await.posted(() -> owner.qp.invalidate(2, mw, 0));
    assertSuccess(owner, NdkOperationType.INVALIDATE);
  }

  private static void assertSuccess(Endpoint owner, NdkOperationType type) {
    Result result = Result.take(owner.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
    assertEquals(type, result.type(), result::toString);
  }
}

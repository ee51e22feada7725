package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.memory.AccessRights;
import org.verbena.ndk.verbs.memory.FastRegistration;
import org.verbena.ndk.verbs.memory.ProtectionDomain;
import org.verbena.ndk.verbs.memory.VerbsFastMr;
import org.verbena.ndk.verbs.memory.VerbsMr;
import org.verbena.ndk.verbs.memory.VerbsMw;

/** Checks binds, invalidations and fast registrations of a queue pair, and posts them. */
final class MemoryRequests {
  private final ProtectionDomain pd;
  private final SendQueue queue;

  MemoryRequests(SendQueue queue) {
    pd = queue.qp.pd;
    this.queue = queue;
  }

  NdkStatus bind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags) {
    Objects.checkFromIndexSize(offset, length, memory.byteSize());
    return ended(checkAndBind(requestContext, mr, mw, memory, offset, length, flags));
  }

  NdkStatus invalidate(long requestContext, NdkMw mw, int flags) {
    return ended(checkAndInvalidate(requestContext, mw, flags));
  }

  NdkStatus invalidate(long requestContext, NdkMr mr, int flags) {
    return ended(checkAndInvalidate(requestContext, mr, flags));
  }

  NdkStatus fastRegister(
      long requestContext,
      NdkMr mr,
      int adapterPageCount,
      MemorySegment adapterPageArray,
      int fbo,
      long length,
      long baseVirtualAddress,
      int flags) {
    return ended(
        checkAndRegister(
            requestContext,
            mr,
            adapterPageCount,
            adapterPageArray,
            fbo,
            length,
            baseVirtualAddress,
            flags));
  }

  /** A request that fails ends deferral: those deferred before it are posted. */
  private NdkStatus ended(NdkStatus status) {
    if (status == NdkStatus.SUCCESS) {
      return status;
    }
    queue.flushDeferred();
    return queue.qp.isClosed() ? NdkStatus.INVALID_HANDLE : status; // whatever else is wrong
  }

  private NdkStatus checkAndBind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags) {
    Objects.requireNonNull(mr, "mr");
    Objects.requireNonNull(mw, "mw");
    boolean own =
        mr instanceof VerbsMr ownMr
            && ownMr.pd == pd
            && mw instanceof VerbsMw ownMw
            && ownMw.pd == pd;
    if (!own || length == 0 || AccessRights.isRemoteWriteOnlyOp(flags) || !memory.isNative()) {
      return NdkStatus.INVALID_PARAMETER;
    }
    VerbsMr region = (VerbsMr) mr;
    VerbsMw window = (VerbsMw) mw;
    if (!window.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return region.bind(
          queue, requestContext, window.window(), memory.address() + offset, length, flags);
    } finally {
      window.release();
    }
  }

  private NdkStatus checkAndInvalidate(long requestContext, NdkMw mw, int flags) {
    Objects.requireNonNull(mw, "mw");
    if (!(mw instanceof VerbsMw own) || own.pd != pd) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return queue.invalidate(requestContext, own.window(), flags);
    } finally {
      own.release();
    }
  }

  private NdkStatus checkAndInvalidate(long requestContext, NdkMr mr, int flags) {
    Objects.requireNonNull(mr, "mr");
    if (mr instanceof VerbsMr) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    if (!(mr instanceof VerbsFastMr own) || own.pd != pd) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return own.invalidate(queue, requestContext, flags);
    } finally {
      own.release();
    }
  }

  private NdkStatus checkAndRegister(
      long requestContext,
      NdkMr mr,
      int adapterPageCount,
      MemorySegment adapterPageArray,
      int fbo,
      long length,
      long baseVirtualAddress,
      int flags) {
    Objects.requireNonNull(mr, "mr");
    Objects.requireNonNull(adapterPageArray, "adapterPageArray");
    if (mr instanceof VerbsMr) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    if (!(mr instanceof VerbsFastMr own)
        || own.pd != pd
        || AccessRights.isRemoteWriteOnlyOp(flags)
        || !FastRegistration.fits(
            adapterPageCount, adapterPageArray, fbo, length, baseVirtualAddress)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return own.fastRegister(
          queue, requestContext, adapterPageCount, baseVirtualAddress, length, flags);
    } finally {
      own.release();
    }
  }
}

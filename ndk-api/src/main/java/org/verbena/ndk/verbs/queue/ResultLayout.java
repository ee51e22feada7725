package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.invoke.VarHandle;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;

/**
 * Writes NDK_RESULT, and the fields that NDK_RESULT_EX adds, to addresses of {@code NativeMemory}.
 */
final class ResultLayout {
  private static final VarHandle STATUS_AND_BYTES = longAt(0, NdkResults.SIZE);
  private static final VarHandle QP_CONTEXT = longAt(8, NdkResults.SIZE);
  private static final VarHandle REQUEST_CONTEXT = longAt(16, NdkResults.SIZE);
  private static final VarHandle TYPE = intAt(24, NdkResultsEx.SIZE);
  private static final VarHandle PROVIDER_ERROR_CODE = intAt(28, NdkResultsEx.SIZE);
  private static final VarHandle TYPE_SPECIFIC_OUTPUT = longAt(32, NdkResultsEx.SIZE);

  private ResultLayout() {}

  static void writeResult(
      long target, NdkStatus status, int bytes, long qpContext, long requestContext) {
    writeResult(target, status.code(), bytes, qpContext, requestContext);
  }

  static void writeSuccess(long target, int bytes, long qpContext, long requestContext) {
    writeResult(target, 0, bytes, qpContext, requestContext);
  }

  private static void writeResult(
      long target, int status, int bytes, long qpContext, long requestContext) {
    STATUS_AND_BYTES.set(ALL, target, (long) bytes << 32 | Integer.toUnsignedLong(status));
    QP_CONTEXT.set(ALL, target, qpContext);
    REQUEST_CONTEXT.set(ALL, target, requestContext);
  }

  static void writeExtension(
      long target, NdkOperationType type, int providerErrorCode, int typeSpecificOutput) {
    TYPE.set(ALL, target, type.value());
    PROVIDER_ERROR_CODE.set(ALL, target, providerErrorCode);
    TYPE_SPECIFIC_OUTPUT.set(ALL, target, Integer.toUnsignedLong(typeSpecificOutput));
  }
}

package org.verbena.examples.nvmf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The private data of rdma_cm connect requests and rejects.
 *
 * <pre>
 *   request, 32 bytes: format 0, queue id, host receive queue size, host send queue size minus 1
 *   reject,   4 bytes: format 0, status
 * </pre>
 */
final class ConnectData {
  private static final int REQUEST_SIZE = 32;
  private static final int REJECT_SIZE = 4;
  private static final int NO_RESOURCES = 6;

  private ConnectData() {}

  static byte[] request(int queueId, int entries) {
    byte[] bytes = new byte[REQUEST_SIZE];
    MemorySegment data = MemorySegment.ofArray(bytes);
    data.set(Layout.U16, 2, (short) queueId);
    data.set(Layout.U16, 4, (short) entries);
    data.set(Layout.U16, 6, (short) (entries - 1));
    return bytes;
  }

  /** Returns why a connect was rejected: without a reason, because nothing listens there. */
  static IOException refusal(String where, byte[] privateData) {
    int status =
        privateData.length < REJECT_SIZE ? 0 : Layout.u16(MemorySegment.ofArray(privateData), 2);
    String why = why(status);
    return switch (status) {
      case 0, NO_RESOURCES -> new IOException(where + ": " + why); // may succeed later
      default -> new NvmeException(where, NvmeStatus.CONNECT_INVALID_PARAMETERS, why, true);
    };
  }

  private static String why(int status) {
    return switch (status) {
      case 0 -> "no target listens there";
      case 1 -> "the target rejected the length of the private data";
      case 2 -> "the target does not support the format of the private data";
      case 3 -> "the target rejected the queue id";
      case 4 -> "the target rejected the size of the send queue";
      case 5 -> "the target rejected the size of the receive queue";
      case NO_RESOURCES -> "the target has no resources for another queue";
      case 7, 8 -> "the target rejected the read limits";
      default -> "the target rejected the connection with status " + status;
    };
  }
}

package org.verbena.examples.nvmf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The private data of the RDMA connection manager's messages.
 *
 * <pre>
 *   request, 32 bytes: format 0, queue id, host receive queue size, host send queue size minus 1
 *   reject,   4 bytes: format 0, status
 * </pre>
 */
final class ConnectData {
  private static final int REQUEST_SIZE = 32;
  private static final int REJECT_SIZE = 4;
  private static final int NO_ROOM = 6;

  private ConnectData() {}

  static byte[] request(int queueId, int entries) {
    byte[] bytes = new byte[REQUEST_SIZE];
    MemorySegment data = MemorySegment.ofArray(bytes);
    data.set(Layout.U16, 2, (short) queueId);
    data.set(Layout.U16, 4, (short) entries);
    data.set(Layout.U16, 6, (short) (entries - 1));
    return bytes;
  }

  /** Why a request was rejected; without a reason there is no listener. */
  static IOException refusal(String where, byte[] privateData) {
    int status =
        privateData.length < REJECT_SIZE ? 0 : Layout.u16(MemorySegment.ofArray(privateData), 2);
    String why = why(status);
    return switch (status) {
      case 0, NO_ROOM -> new IOException(where + ": " + why); // may succeed later
      default -> new NvmeException(where, NvmeStatus.CONNECT_INVALID_PARAMETERS, why, true);
    };
  }

  private static String why(int status) {
    return switch (status) {
      case 0 -> "no target listens there";
      case 1 -> "the target takes our private data for too short";
      case 2 -> "the target does not know the format of our private data";
      case 3 -> "the target does not take the queue number";
      case 4 -> "the target does not take the size of our send queue";
      case 5 -> "the target does not take the size of our receive queue";
      case NO_ROOM -> "the target has no room for another queue";
      case 7, 8 -> "the target does not take our number of concurrent reads";
      default -> "the target rejected the connection with status " + status;
    };
  }
}

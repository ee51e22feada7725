package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.status.Statuses;

/** Creates {@code rdma_event_channel}s, with a helpful error if it cannot. */
public final class EventChannel {
  private static final Path CONNECTION_MANAGER = Path.of("/dev/infiniband/rdma_cm");

  private EventChannel() {}

  public static MemorySegment create() throws NdkException {
    try {
      return RdmaCm.rdma_create_event_channel();
    } catch (ErrnoException e) {
      // librdmacm's errno need not be that of opening the file.
      NdkStatus status = Statuses.ofErrno(e.errno());
      String why = "";
      if (!Files.exists(CONNECTION_MANAGER)) {
        status = NdkStatus.DEVICE_NOT_READY;
        why = " (no RDMA device here, or the kernel module rdma_ucm is not loaded)";
      } else if (!Files.isReadable(CONNECTION_MANAGER) || !Files.isWritable(CONNECTION_MANAGER)) {
        status = NdkStatus.ACCESS_DENIED;
        why = " (needs read and write access)";
      }
      throw new NdkException(status, "open " + CONNECTION_MANAGER + why + ": " + e.getMessage(), e);
    }
  }
}

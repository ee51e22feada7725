package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.invoke.VarHandle;
import org.verbena.binding.rdma.ibv_mw_bind_info;
import org.verbena.binding.rdma.ibv_send_wr;

/** The fields of {@code ibv_send_wr}, at addresses of {@code NativeMemory}. */
final class SendWr {
  static final long SIZE = ibv_send_wr.layout().byteSize();
  static final VarHandle ID = longAt(ibv_send_wr.wr_id$offset(), SIZE);
  static final VarHandle NEXT = longAt(ibv_send_wr.next$offset(), SIZE);
  static final VarHandle SG_LIST = longAt(ibv_send_wr.sg_list$offset(), SIZE);
  static final VarHandle NUM_SGE = intAt(ibv_send_wr.num_sge$offset(), SIZE);
  static final VarHandle NUM_SGE_AND_OPCODE = longAt(ibv_send_wr.num_sge$offset(), SIZE);

  /** The flags, and the immediate data or the token to invalidate. */
  static final VarHandle FLAGS_AND_IMMEDIATE = longAt(ibv_send_wr.send_flags$offset(), SIZE);

  static final VarHandle FLAGS = intAt(ibv_send_wr.send_flags$offset(), SIZE);

  private static final long RDMA = ibv_send_wr.wr$offset();
  static final VarHandle REMOTE_ADDR =
      longAt(RDMA + ibv_send_wr.wr.rdma.remote_addr$offset(), SIZE);
  static final VarHandle RKEY = intAt(RDMA + ibv_send_wr.wr.rdma.rkey$offset(), SIZE);
  static final VarHandle ATOMIC_REMOTE_ADDR =
      longAt(RDMA + ibv_send_wr.wr.atomic.remote_addr$offset(), SIZE);
  static final VarHandle ATOMIC_COMPARE_ADD =
      longAt(RDMA + ibv_send_wr.wr.atomic.compare_add$offset(), SIZE);
  static final VarHandle ATOMIC_SWAP = longAt(RDMA + ibv_send_wr.wr.atomic.swap$offset(), SIZE);
  static final VarHandle ATOMIC_RKEY = intAt(RDMA + ibv_send_wr.wr.atomic.rkey$offset(), SIZE);
  private static final long BIND = ibv_send_wr.bind_mw$offset();
  static final VarHandle BIND_MW = longAt(BIND + ibv_send_wr.bind_mw.mw$offset(), SIZE);
  static final VarHandle BIND_RKEY = intAt(BIND + ibv_send_wr.bind_mw.rkey$offset(), SIZE);
  private static final long BIND_INFO = BIND + ibv_send_wr.bind_mw.bind_info$offset();
  static final VarHandle BIND_MR = longAt(BIND_INFO + ibv_mw_bind_info.mr$offset(), SIZE);
  static final VarHandle BIND_ADDR = longAt(BIND_INFO + ibv_mw_bind_info.addr$offset(), SIZE);
  static final VarHandle BIND_LENGTH = longAt(BIND_INFO + ibv_mw_bind_info.length$offset(), SIZE);
  static final VarHandle BIND_ACCESS =
      intAt(BIND_INFO + ibv_mw_bind_info.mw_access_flags$offset(), SIZE);

  private SendWr() {}

  /** Two ints that follow each other in memory. */
  static long pair(int first, int second) {
    return (long) second << 32 | Integer.toUnsignedLong(first);
  }
}

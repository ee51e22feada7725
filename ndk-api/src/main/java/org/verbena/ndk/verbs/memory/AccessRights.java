package org.verbena.ndk.verbs.memory;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;

import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.extension.RemoteAtomics;

/** NDKPI's access flags as IBV_ACCESS_* flags. */
public final class AccessRights {
  private AccessRights() {}

  /** Whether NDK_MR_FLAG_* flags have the bit of remote write without that of local write. */
  static boolean isRemoteWriteOnly(int mrFlags) {
    return lacksLocalWrite(mrFlags, NDK_MR_FLAG_ALLOW_REMOTE_WRITE, NDK_MR_FLAG_ALLOW_LOCAL_WRITE);
  }

  /** The same for NDK_OP_FLAG_* flags. */
  public static boolean isRemoteWriteOnlyOp(int opFlags) {
    return lacksLocalWrite(opFlags, NDK_OP_FLAG_ALLOW_REMOTE_WRITE, NDK_OP_FLAG_ALLOW_LOCAL_WRITE);
  }

  private static boolean lacksLocalWrite(int flags, int remoteWrite, int localWrite) {
    return (flags & remoteWrite & ~localWrite) != 0 && (flags & localWrite) == 0;
  }

  /** The access to a region, local and remote, of NDK_MR_FLAG_* flags. */
  static int ofRegion(int mrFlags) {
    int access = 0;
    if (has(mrFlags, RemoteAtomics.MR_FLAG_ALLOW_REMOTE_ATOMIC)) {
      access |= RdmaCore.IBV_ACCESS_LOCAL_WRITE() | RdmaCore.IBV_ACCESS_REMOTE_ATOMIC();
    }
    if ((mrFlags & (NDK_MR_FLAG_ALLOW_LOCAL_WRITE | NDK_MR_FLAG_RDMA_READ_SINK)) != 0) {
      access |= RdmaCore.IBV_ACCESS_LOCAL_WRITE();
    }
    if (has(mrFlags, NDK_MR_FLAG_ALLOW_REMOTE_READ)) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_READ();
    }
    if (has(mrFlags, NDK_MR_FLAG_ALLOW_REMOTE_WRITE)) {
      access |= RdmaCore.IBV_ACCESS_LOCAL_WRITE() | RdmaCore.IBV_ACCESS_REMOTE_WRITE();
    }
    return access;
  }

  /** The remote access to a window, of NDK_OP_FLAG_* flags. */
  public static int ofPeer(int opFlags) {
    int access = 0;
    if (has(opFlags, NDK_OP_FLAG_ALLOW_REMOTE_READ)) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_READ();
    }
    if (has(opFlags, NDK_OP_FLAG_ALLOW_REMOTE_WRITE)) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_WRITE();
    }
    return access;
  }

  private static boolean has(int flags, int all) {
    return (flags & all) == all;
  }
}

package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.verbs.VerbsDevices;

/**
 * NDK_ADAPTER: one open instance of one port of an RDMA device ({@code ibv_context}); several may
 * be open at once.
 *
 * <p>An adapter has one dispatcher thread, on which all callbacks of all its objects run, one at a
 * time. A callback may call anything but {@link #close()} of the adapter, and must not wait for
 * another callback. Notifications of completion queues may have {@linkplain
 * NdkOpenOptions#notificationThreads more threads}, or run on the consumer's own, in a {@link
 * NdkWaitSet}; those of one queue never overlap.
 *
 * <p>When the device is removed or fails (IBV_EVENT_DEVICE_FATAL, RDMA_CM_EVENT_DEVICE_REMOVAL)
 * every outstanding work request ends with {@link NdkStatus#CANCELLED}, after at most 5 seconds if
 * the device does not flush it; pending connects, accepts and disconnects end with {@link
 * NdkStatus#DEVICE_REMOVED}, established connections with their disconnect event, armed completion
 * queues with a notification of DEVICE_REMOVED, shared receive queues with one of {@link
 * NdkStatus#INTERNAL_ERROR}. A listener receives no more requests and no notification. Whatever is
 * created, registered, connected or posted from then on returns or throws DEVICE_REMOVED; closing
 * works.
 */
public interface NdkAdapter extends NdkObject {
  /**
   * Lists the RDMA devices of this machine, port by port ({@code ibv_get_device_list}, {@code
   * ibv_query_port}).
   *
   * @return the ports, in the order of rdma-core; empty if there are none
   * @throws NdkException {@link NdkStatus#ACCESS_DENIED} if a device cannot be opened
   * @throws UnsupportedOperationException if rdma-core is not installed or native access is denied
   */
  static List<NdkDevice> devices() throws NdkException {
    return VerbsDevices.list();
  }

  /**
   * Opens the first port of a device with the default options.
   *
   * @param deviceName the device's name, for example {@code mlx5_0} or {@code rxe0}
   * @return the adapter; close it when done
   * @throws NdkException as {@link #open(String, int, NdkOpenOptions)}
   */
  static NdkAdapter open(String deviceName) throws NdkException {
    return open(deviceName, 1, NdkOpenOptions.DEFAULT);
  }

  /**
   * Opens a port of a device (OpenNDKAdapterHandler; {@code ibv_open_device}). The first open of a
   * device in a process also finds its limits, by creating queues of different sizes.
   *
   * @param deviceName the device's name
   * @param port the port number, from 1
   * @param options how to open it
   * @return the adapter; close it when done
   * @throws NdkException {@link NdkStatus#DEVICE_NOT_READY} if there is no such device or port, or
   *     no connection manager (rdma_ucm) in the kernel; {@link NdkStatus#ACCESS_DENIED} if the
   *     process may not open their device files; {@link NdkStatus#NOT_SUPPORTED} for iWARP; {@link
   *     NdkStatus#BAD_VERSION} for a version that this library does not implement; {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}
   * @throws UnsupportedOperationException if rdma-core is not installed or native access is denied
   */
  static NdkAdapter open(String deviceName, int port, NdkOpenOptions options) throws NdkException {
    return VerbsDevices.open(deviceName, port, options);
  }

  /**
   * Opens the port that has a local IP address, with the default options.
   *
   * @param localAddress an IPv4 or IPv6 address of this machine
   * @return the adapter; close it when done
   * @throws NdkException as {@link #open(InetAddress, NdkOpenOptions)}
   */
  static NdkAdapter open(InetAddress localAddress) throws NdkException {
    return open(localAddress, NdkOpenOptions.DEFAULT);
  }

  /**
   * Opens the port that has a local IP address ({@code rdma_bind_addr}, {@code ibv_open_device}).
   *
   * @param localAddress an IPv4 or IPv6 address of this machine
   * @param options how to open it
   * @return the adapter; close it when done
   * @throws NdkException {@link NdkStatus#INVALID_ADDRESS} if no RDMA device has that address, else
   *     as {@link #open(String, int, NdkOpenOptions)}
   * @throws UnsupportedOperationException if rdma-core is not installed or native access is denied
   */
  static NdkAdapter open(InetAddress localAddress, NdkOpenOptions options) throws NdkException {
    return VerbsDevices.open(localAddress, options);
  }

  /** {@return the device's name in verbs, for example {@code rxe0}} */
  String deviceName();

  /** {@return the port number, from 1} */
  int port();

  /**
   * Returns what the adapter is and can do (NdkQueryAdapterInfo; {@code ibv_query_device_ex},
   * {@code ibv_query_port} at open).
   *
   * @return the same values at every call, also after close
   */
  NdkAdapterInfo queryAdapterInfo();

  /**
   * Writes what the adapter is and can do, as an NDK_ADAPTER_INFO, to memory of the caller
   * (NdkQueryAdapterInfo).
   *
   * @param info receives the structure, {@link NdkAdapterInfo#SIZE} bytes; may be null
   * @param bufferSize an int: the size of {@code info} in bytes, 0 if that is null; receives {@link
   *     NdkAdapterInfo#SIZE}, the size written or needed
   * @return {@link NdkStatus#SUCCESS}, {@link NdkStatus#BUFFER_TOO_SMALL}
   * @throws IndexOutOfBoundsException if {@code info} is shorter than {@code bufferSize} states
   */
  default NdkStatus queryAdapterInfo(@Nullable MemorySegment info, MemorySegment bufferSize) {
    int size = bufferSize.get(JAVA_INT_UNALIGNED, 0);
    bufferSize.set(JAVA_INT_UNALIGNED, 0, NdkAdapterInfo.SIZE);
    if (info == null || Integer.compareUnsigned(size, NdkAdapterInfo.SIZE) < 0) {
      return NdkStatus.BUFFER_TOO_SMALL;
    }
    queryAdapterInfo().write(info);
    return NdkStatus.SUCCESS;
  }

  /**
   * Creates a completion queue (NdkCreateCq; {@code ibv_create_cq}).
   *
   * @param cqDepth how many results it must hold, from 1 to {@link NdkAdapterInfo#maxCqDepth}
   * @param notification called when an arm of {@link NdkCq#armCq} is satisfied, on the adapter's
   *     dispatcher thread, or one of its {@linkplain NdkOpenOptions#notificationThreads
   *     notification threads}; null if it will never be armed
   * @param affinity the processors that the device should interrupt for it; a hint, which selects
   *     one of the device's completion vectors, as drivers spread these over the processors in
   *     order. Null or an empty mask takes the vectors in turn. The thread that notifies runs on
   *     any processor.
   * @return the queue
   * @throws NdkException {@link NdkStatus#INVALID_PARAMETER} for a depth out of range, {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#INVALID_HANDLE} after close
   */
  NdkCq createCq(
      int cqDepth, @Nullable NdkCqNotification notification, @Nullable NdkGroupAffinity affinity)
      throws NdkException;

  /**
   * Creates a completion queue without affinity; see {@link #createCq(int, NdkCqNotification,
   * NdkGroupAffinity)}.
   *
   * @param cqDepth how many results it must hold, from 1 to {@link NdkAdapterInfo#maxCqDepth}
   * @param notification called when an arm is satisfied; null if it will never be armed
   * @return the queue
   * @throws NdkException as {@link #createCq(int, NdkCqNotification, NdkGroupAffinity)}
   */
  default NdkCq createCq(int cqDepth, @Nullable NdkCqNotification notification)
      throws NdkException {
    return createCq(cqDepth, notification, null);
  }

  /**
   * Creates a wait set: completion queues on which one thread of the consumer sleeps, and that
   * notify on that thread ({@code ibv_create_comp_channel}, {@code epoll_create1}).
   *
   * @return the wait set, without queues
   * @throws NdkException {@link NdkStatus#INSUFFICIENT_RESOURCES} (file descriptors), {@link
   *     NdkStatus#INVALID_HANDLE} after close
   */
  NdkWaitSet createWaitSet() throws NdkException;

  /**
   * Creates a protection domain (NdkCreatePd; {@code ibv_alloc_pd}).
   *
   * @return the protection domain
   * @throws NdkException {@link NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#INVALID_HANDLE}
   *     after close
   */
  NdkPd createPd() throws NdkException;

  /**
   * Creates an endpoint: a local address and port for many outgoing connections
   * (NdkCreateSharedEndpoint; {@code rdma_bind_addr} with RDMA_OPTION_ID_REUSEADDR).
   *
   * @param address an IP address of this adapter and a port; port 0 picks a free one, from the
   *     system's own range ({@code net.ipv4.ip_local_port_range})
   * @return the endpoint
   * @throws NdkException {@link NdkStatus#SHARING_VIOLATION} (in use), {@link
   *     NdkStatus#INVALID_ADDRESS} (not of this adapter, or the wildcard), {@link
   *     NdkStatus#TOO_MANY_ADDRESSES} (no free port), {@link NdkStatus#ACCESS_DENIED} (port below
   *     1024), {@link NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#INVALID_HANDLE} after
   *     close
   * @throws IllegalArgumentException if the address is unresolved
   */
  NdkSharedEndpoint createSharedEndpoint(InetSocketAddress address) throws NdkException;

  /**
   * Creates a connector for the connecting side (NdkCreateConnector; {@code rdma_create_id} when it
   * connects).
   *
   * @return the connector
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close
   */
  NdkConnector createConnector() throws NdkException;

  /**
   * Creates a listener (NdkCreateListener; {@code rdma_create_id} when it listens).
   *
   * @param connectEvent called for each connect request, on the adapter's dispatcher thread
   * @return the listener, not listening yet
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close
   */
  NdkListener createListener(NdkConnectEvent connectEvent) throws NdkException;

  /**
   * Assigns logical addresses to memory (NdkBuildLAM; {@code ibv_reg_mr}): pins it for every
   * protection domain that has the {@link NdkPd#getPrivilegedMemoryRegionToken privileged token} or
   * a region for fast registration. The logical addresses are the memory's virtual ones. The peer
   * gains no access by it. The memory stays the caller's and must stay allocated until {@link
   * #releaseLam} has returned.
   *
   * @param memory native memory, at least 1 byte
   * @param lam receives the addresses; to be passed to {@link #releaseLam}
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#ACCESS_VIOLATION} (not mapped,
   *     read-only, or its arena was closed)
   * @return {@link NdkStatus#PENDING}; {@link NdkStatus#BUFFER_TOO_SMALL} (more pages than the
   *     mapping's capacity: see {@link NdkLogicalAddressMapping#pages}); {@link
   *     NdkStatus#NOT_SUPPORTED} without {@link NdkAdapterInfo#frmrPageCount}; {@link
   *     NdkStatus#INVALID_PARAMETER} (no bytes); {@link NdkStatus#INVALID_DEVICE_STATE} (the
   *     mapping is in use); {@link NdkStatus#DEVICE_REMOVED}; {@link NdkStatus#INVALID_HANDLE}
   * @throws IllegalArgumentException if the memory is on the heap
   * @throws IllegalStateException if its arena is closed
   */
  NdkStatus buildLam(
      MemorySegment memory, NdkLogicalAddressMapping lam, NdkRequestCompletion completion);

  /**
   * Assigns logical addresses to memory; see {@link #buildLam(MemorySegment,
   * NdkLogicalAddressMapping, NdkRequestCompletion)}.
   *
   * @param memory native memory, at least 1 byte
   * @param lam receives the addresses
   * @return completes when they can be used
   */
  default CompletionStage<Void> buildLam(MemorySegment memory, NdkLogicalAddressMapping lam) {
    return NdkStages.of("build LAM", completion -> buildLam(memory, lam, completion));
  }

  /**
   * Releases logical addresses (NdkReleaseLAM; {@code ibv_dereg_mr}), once every request that uses
   * them has its result. Blocks until the memory is deregistered. Does nothing after close, which
   * releases all mappings.
   *
   * @param lam a mapping that has been built
   * @throws IllegalStateException if it has not been built, or a fast registration on it is still
   *     valid
   */
  void releaseLam(NdkLogicalAddressMapping lam);

  /**
   * Closes the adapter (CloseNDKAdapterHandler; {@code ibv_close_device}). Closes its open objects
   * first and waits for them; on return no callback runs any more and no thread is left. A second
   * call waits too. The wait cannot be interrupted; the thread's interrupt stays set. The
   * completion of {@link #close(NdkCloseCompletion)} runs on a thread of its own, when the
   * dispatcher thread has ended.
   *
   * @throws IllegalStateException when called in a callback, other than one in {@link
   *     NdkWaitSet#await}
   */
  @Override
  void close();
}

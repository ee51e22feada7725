package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * NDK_CONNECTOR: one end of one connection ({@code rdma_cm_id}).
 *
 * <p>The connecting side calls {@link #connect}, checks the peer's answer with {@link
 * #getConnectionData}, and then {@link #completeConnect} or {@link #reject}. The accepting side
 * receives its connector in {@link NdkConnectEvent} and calls {@link #accept} or {@link #reject};
 * its accept ends when the connecting side has completed the connect.
 *
 * <p>Every connect and accept ends within its time-out ({@link NdkConnectOptions#timeout}, else
 * {@link NdkOpenOptions#connectionTimeout}), every disconnect within its own, else the adapter's;
 * where it flushes the queue pair, it ends at most 5 seconds later. A connector whose connect
 * failed can connect again, with the same queue pair; after any other failure, a reject or a
 * disconnect, neither can be used again.
 *
 * <p>A queue pair's close waits for the close of its connector. Closing a connected connector
 * disconnects and flushes; closing one whose connect is pending leaves its queue pair usable by
 * another connector.
 */
public interface NdkConnector extends NdkObject {
  /**
   * Requests a connection from a listener (NdkConnect; {@code rdma_bind_addr}, {@code
   * rdma_resolve_addr}, {@code rdma_resolve_route}, {@code rdma_connect}).
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param source an IP address of this adapter and a port; port 0 picks a free one, from the
   *     system's own range ({@code net.ipv4.ip_local_port_range})
   * @param destination the listener's address and port
   * @param inboundReadLimit reads of the peer in progress at once, from 0 (responder resources);
   *     lowered to what the adapter and the peer allow
   * @param outboundReadLimit own reads in progress at once, from 0 (initiator depth); lowered
   *     likewise
   * @param privateData sent along, copied; at most {@link NdkAdapterInfo#maxCallerData} bytes; may
   *     be null
   * @param completion runs with {@link NdkStatus#SUCCESS} (the peer has accepted: complete or
   *     reject), {@link NdkStatus#CONNECTION_REFUSED} (no listener, or rejected: {@link
   *     #getConnectionData} then has the private data of the reject), {@link NdkStatus#IO_TIMEOUT},
   *     {@link NdkStatus#HOST_UNREACHABLE}, {@link NdkStatus#NETWORK_UNREACHABLE}, {@link
   *     NdkStatus#SHARING_VIOLATION} (source in use), {@link NdkStatus#INVALID_ADDRESS} (source not
   *     of this adapter, or the wildcard, or a route that leads over another device), {@link
   *     NdkStatus#TOO_MANY_ADDRESSES} (no free port), {@link NdkStatus#ACCESS_DENIED} (source port
   *     below 1024), {@link NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#CONNECTION_ABORTED}
   *     (any other failure), {@link NdkStatus#CANCELLED} (closed meanwhile)
   * @return {@link NdkStatus#PENDING}; {@link NdkStatus#INVALID_BUFFER_SIZE} (private data too
   *     long); {@link NdkStatus#CONNECTION_ACTIVE} (the connector or the queue pair has a
   *     connection or is making one); {@link NdkStatus#INVALID_PARAMETER} (a negative limit, a
   *     queue pair of another adapter); {@link NdkStatus#CONNECTION_INVALID} (the connector or the
   *     queue pair cannot be used again); {@link NdkStatus#INVALID_HANDLE} (one of them is closed)
   * @throws IllegalArgumentException if an address is unresolved
   */
  default NdkStatus connect(
      NdkQp qp,
      InetSocketAddress source,
      InetSocketAddress destination,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      NdkRequestCompletion completion) {
    NdkConnectOptions options =
        NdkConnectOptions.DEFAULT
            .withReadLimits(inboundReadLimit, outboundReadLimit)
            .withPrivateData(privateData);
    return connect(qp, source, destination, options, completion);
  }

  /**
   * Requests a connection; otherwise as {@link #connect(NdkQp, InetSocketAddress,
   * InetSocketAddress, int, int, byte[], NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param source an IP address of this adapter and a port; port 0 picks a free one
   * @param destination the listener's address and port
   * @param options read limits, private data, time-out
   * @param completion as there
   * @return as there
   * @throws IllegalArgumentException if an address is unresolved
   */
  NdkStatus connect(
      NdkQp qp,
      InetSocketAddress source,
      InetSocketAddress destination,
      NdkConnectOptions options,
      NdkRequestCompletion completion);

  /**
   * Requests a connection; see {@link #connect(NdkQp, InetSocketAddress, InetSocketAddress,
   * NdkConnectOptions, NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param source an IP address of this adapter and a port; port 0 picks a free one
   * @param destination the listener's address and port
   * @param options read limits, private data, time-out
   * @return completes when the peer has accepted
   */
  default CompletionStage<Void> connect(
      NdkQp qp,
      InetSocketAddress source,
      InetSocketAddress destination,
      NdkConnectOptions options) {
    return NdkStages.of(
        "connect", completion -> connect(qp, source, destination, options, completion));
  }

  /**
   * Requests a connection; see {@link #connect(NdkQp, InetSocketAddress, InetSocketAddress, int,
   * int, byte[], NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param source an IP address of this adapter and a port; port 0 picks a free one
   * @param destination the listener's address and port
   * @param inboundReadLimit reads of the peer in progress at once
   * @param outboundReadLimit own reads in progress at once
   * @param privateData sent along; may be null
   * @return completes when the peer has accepted
   */
  default CompletionStage<Void> connect(
      NdkQp qp,
      InetSocketAddress source,
      InetSocketAddress destination,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData) {
    return NdkStages.of(
        "connect",
        completion ->
            connect(
                qp,
                source,
                destination,
                inboundReadLimit,
                outboundReadLimit,
                privateData,
                completion));
  }

  /**
   * Requests a connection from a shared endpoint to a listener (NdkConnectWithSharedEndpoint; as
   * {@link #connect}, with RDMA_OPTION_ID_REUSEADDR).
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param endpoint the local address and port, of the same adapter
   * @param destination the listener's address and port
   * @param inboundReadLimit as in {@link #connect}
   * @param outboundReadLimit as in {@link #connect}
   * @param privateData as in {@link #connect}
   * @param completion as in {@link #connect}; also {@link NdkStatus#ADDRESS_ALREADY_EXISTS} if a
   *     connector of this process, not yet closed, has connected the same two addresses and ports
   *     through a shared endpoint (the kernel does not check it across processes)
   * @return as {@link #connect}, also for the endpoint
   * @throws IllegalArgumentException if the address is unresolved
   */
  default NdkStatus connectWithSharedEndpoint(
      NdkQp qp,
      NdkSharedEndpoint endpoint,
      InetSocketAddress destination,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      NdkRequestCompletion completion) {
    NdkConnectOptions options =
        NdkConnectOptions.DEFAULT
            .withReadLimits(inboundReadLimit, outboundReadLimit)
            .withPrivateData(privateData);
    return connectWithSharedEndpoint(qp, endpoint, destination, options, completion);
  }

  /**
   * Requests a connection from a shared endpoint to a listener; otherwise as {@link
   * #connectWithSharedEndpoint(NdkQp, NdkSharedEndpoint, InetSocketAddress, int, int, byte[],
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param endpoint the local address and port, of the same adapter
   * @param destination the listener's address and port
   * @param options read limits, private data, time-out
   * @param completion as there
   * @return as there
   * @throws IllegalArgumentException if the address is unresolved
   */
  NdkStatus connectWithSharedEndpoint(
      NdkQp qp,
      NdkSharedEndpoint endpoint,
      InetSocketAddress destination,
      NdkConnectOptions options,
      NdkRequestCompletion completion);

  /**
   * Requests a connection from a shared endpoint to a listener; see {@link
   * #connectWithSharedEndpoint(NdkQp, NdkSharedEndpoint, InetSocketAddress, NdkConnectOptions,
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param endpoint the local address and port
   * @param destination the listener's address and port
   * @param options read limits, private data, time-out
   * @return completes when the peer has accepted
   */
  default CompletionStage<Void> connectWithSharedEndpoint(
      NdkQp qp,
      NdkSharedEndpoint endpoint,
      InetSocketAddress destination,
      NdkConnectOptions options) {
    return NdkStages.of(
        "connect",
        completion -> connectWithSharedEndpoint(qp, endpoint, destination, options, completion));
  }

  /**
   * Requests a connection from a shared endpoint to a listener; see {@link
   * #connectWithSharedEndpoint(NdkQp, NdkSharedEndpoint, InetSocketAddress, int, int, byte[],
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param endpoint the local address and port
   * @param destination the listener's address and port
   * @param inboundReadLimit reads of the peer in progress at once
   * @param outboundReadLimit own reads in progress at once
   * @param privateData sent along; may be null
   * @return completes when the peer has accepted
   */
  default CompletionStage<Void> connectWithSharedEndpoint(
      NdkQp qp,
      NdkSharedEndpoint endpoint,
      InetSocketAddress destination,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData) {
    return NdkStages.of(
        "connect",
        completion ->
            connectWithSharedEndpoint(
                qp,
                endpoint,
                destination,
                inboundReadLimit,
                outboundReadLimit,
                privateData,
                completion));
  }

  /**
   * Completes the connection after a successful connect (NdkCompleteConnect; {@code ibv_modify_qp}
   * to RTR and RTS, {@code rdma_establish}).
   *
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#CONNECTION_ABORTED}
   *     (the peer gave up), {@link NdkStatus#IO_TIMEOUT}, {@link NdkStatus#CONNECTION_INVALID} (the
   *     queue pair was flushed or closed meanwhile), {@link NdkStatus#CANCELLED} (the connector was
   *     closed meanwhile)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#CONNECTION_INVALID} (no connect has
   *     succeeded), {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus completeConnect(
      @Nullable NdkDisconnectEvent disconnectEvent, NdkRequestCompletion completion);

  /**
   * Completes the connection; see {@link #completeConnect(NdkDisconnectEvent,
   * NdkRequestCompletion)}.
   *
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when requests can be posted
   */
  default CompletionStage<Void> completeConnect(@Nullable NdkDisconnectEvent disconnectEvent) {
    return NdkStages.of(
        "complete connect", completion -> completeConnect(disconnectEvent, completion));
  }

  /**
   * Completes the connection, with the reason in the disconnect event (NdkCompleteConnectEx);
   * otherwise as {@link #completeConnect(NdkDisconnectEvent, NdkRequestCompletion)}.
   *
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion as there
   * @return as there
   */
  NdkStatus completeConnectEx(
      @Nullable NdkDisconnectEventEx disconnectEvent, NdkRequestCompletion completion);

  /**
   * Completes the connection; see {@link #completeConnectEx(NdkDisconnectEventEx,
   * NdkRequestCompletion)}.
   *
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when requests can be posted
   */
  default CompletionStage<Void> completeConnectEx(@Nullable NdkDisconnectEventEx disconnectEvent) {
    return NdkStages.of(
        "complete connect", completion -> completeConnectEx(disconnectEvent, completion));
  }

  /**
   * Accepts a connect request (NdkAccept; {@code ibv_modify_qp} to RTR and RTS, {@code
   * rdma_accept}). Work requests may be posted, and messages may arrive, before the completion has
   * run.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param inboundReadLimit as in {@link #connect}
   * @param outboundReadLimit as in {@link #connect}
   * @param privateData sent along, copied; at most {@link NdkAdapterInfo#maxCalleeData} bytes; may
   *     be null
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion runs with {@link NdkStatus#SUCCESS} (the peer has completed), {@link
   *     NdkStatus#CONNECTION_ABORTED} (the peer gave up or rejected), {@link NdkStatus#IO_TIMEOUT}
   *     (the peer never completed), {@link NdkStatus#CONNECTION_INVALID} (the queue pair was
   *     flushed or closed meanwhile), {@link NdkStatus#CANCELLED} (the connector was closed
   *     meanwhile)
   * @return as {@link #connect}; {@link NdkStatus#CONNECTION_INVALID} also if there is no request
   *     to accept. After any status but PENDING the request can still be accepted or rejected
   */
  default NdkStatus accept(
      NdkQp qp,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      @Nullable NdkDisconnectEvent disconnectEvent,
      NdkRequestCompletion completion) {
    NdkConnectOptions options =
        NdkConnectOptions.DEFAULT
            .withReadLimits(inboundReadLimit, outboundReadLimit)
            .withPrivateData(privateData);
    return accept(qp, options, disconnectEvent, completion);
  }

  /**
   * Accepts a connect request; otherwise as {@link #accept(NdkQp, int, int, byte[],
   * NdkDisconnectEvent, NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param options read limits, private data, time-out
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion as there
   * @return as there
   */
  default NdkStatus accept(
      NdkQp qp,
      NdkConnectOptions options,
      @Nullable NdkDisconnectEvent disconnectEvent,
      NdkRequestCompletion completion) {
    return acceptEx(
        qp,
        options,
        disconnectEvent == null ? null : _ -> disconnectEvent.disconnected(),
        completion);
  }

  /**
   * Accepts a connect request; see {@link #accept(NdkQp, NdkConnectOptions, NdkDisconnectEvent,
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param options read limits, private data, time-out
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when the peer has completed
   */
  default CompletionStage<Void> accept(
      NdkQp qp, NdkConnectOptions options, @Nullable NdkDisconnectEvent disconnectEvent) {
    return NdkStages.of("accept", completion -> accept(qp, options, disconnectEvent, completion));
  }

  /**
   * Accepts a connect request; see {@link #accept(NdkQp, int, int, byte[], NdkDisconnectEvent,
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param inboundReadLimit reads of the peer in progress at once
   * @param outboundReadLimit own reads in progress at once
   * @param privateData sent along; may be null
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when the peer has completed
   */
  default CompletionStage<Void> accept(
      NdkQp qp,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      @Nullable NdkDisconnectEvent disconnectEvent) {
    return NdkStages.of(
        "accept",
        completion ->
            accept(
                qp, inboundReadLimit, outboundReadLimit, privateData, disconnectEvent, completion));
  }

  /**
   * Accepts a connect request, with the reason in the disconnect event (NdkAcceptEx); otherwise as
   * {@link #accept(NdkQp, int, int, byte[], NdkDisconnectEvent, NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param inboundReadLimit as in {@link #connect}
   * @param outboundReadLimit as in {@link #connect}
   * @param privateData sent along, copied; at most {@link NdkAdapterInfo#maxCalleeData} bytes; may
   *     be null
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion as there
   * @return as there
   */
  default NdkStatus acceptEx(
      NdkQp qp,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      @Nullable NdkDisconnectEventEx disconnectEvent,
      NdkRequestCompletion completion) {
    NdkConnectOptions options =
        NdkConnectOptions.DEFAULT
            .withReadLimits(inboundReadLimit, outboundReadLimit)
            .withPrivateData(privateData);
    return acceptEx(qp, options, disconnectEvent, completion);
  }

  /**
   * Accepts a connect request; otherwise as {@link #acceptEx(NdkQp, int, int, byte[],
   * NdkDisconnectEventEx, NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect, of the same adapter
   * @param options read limits, private data, time-out
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @param completion as there
   * @return as there
   */
  NdkStatus acceptEx(
      NdkQp qp,
      NdkConnectOptions options,
      @Nullable NdkDisconnectEventEx disconnectEvent,
      NdkRequestCompletion completion);

  /**
   * Accepts a connect request; see {@link #acceptEx(NdkQp, NdkConnectOptions, NdkDisconnectEventEx,
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param options read limits, private data, time-out
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when the peer has completed
   */
  default CompletionStage<Void> acceptEx(
      NdkQp qp, NdkConnectOptions options, @Nullable NdkDisconnectEventEx disconnectEvent) {
    return NdkStages.of("accept", completion -> acceptEx(qp, options, disconnectEvent, completion));
  }

  /**
   * Accepts a connect request; see {@link #acceptEx(NdkQp, int, int, byte[], NdkDisconnectEventEx,
   * NdkRequestCompletion)}.
   *
   * @param qp the queue pair to connect
   * @param inboundReadLimit reads of the peer in progress at once
   * @param outboundReadLimit own reads in progress at once
   * @param privateData sent along; may be null
   * @param disconnectEvent called when the peer disconnects or is lost; may be null
   * @return completes when the peer has completed
   */
  default CompletionStage<Void> acceptEx(
      NdkQp qp,
      int inboundReadLimit,
      int outboundReadLimit,
      byte @Nullable [] privateData,
      @Nullable NdkDisconnectEventEx disconnectEvent) {
    return NdkStages.of(
        "accept",
        completion ->
            acceptEx(
                qp, inboundReadLimit, outboundReadLimit, privateData, disconnectEvent, completion));
  }

  /**
   * Rejects a request that has not been accepted, or, on the connecting side, an accept that has
   * not been completed (NdkReject; {@code rdma_reject}). The connector can then only be closed, and
   * on the connecting side its queue pair cannot connect again. Waits for the adapter's control
   * thread.
   *
   * @param privateData sent along, copied; at most {@link NdkAdapterInfo#maxCalleeData} bytes; may
   *     be null
   * @return {@link NdkStatus#SUCCESS}, {@link NdkStatus#CONNECTION_ABORTED} (the peer had already
   *     given up), {@link NdkStatus#CONNECTION_INVALID} (nothing to reject), {@link
   *     NdkStatus#INVALID_BUFFER_SIZE}, {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus reject(byte @Nullable [] privateData);

  /**
   * Returns the effective read limits and the peer's private data (NdkGetConnectionData). On the
   * accepting side, until it accepts: the peer's limits, lowered to the adapter's. On the
   * connecting side, from a successful connect until it completes: the effective limits. After a
   * connect that was rejected: the private data of the reject, and limits of 0.
   *
   * @return the data
   * @throws NdkException {@link NdkStatus#CONNECTION_INVALID} at any other time, {@link
   *     NdkStatus#INVALID_HANDLE} after close
   */
  NdkConnectionData getConnectionData() throws NdkException;

  /**
   * Writes the effective read limits and the peer's private data to memory of the caller, by
   * NDKPI's rules (NdkGetConnectionData). The length is that of the transport's field, not of what
   * the peer passed.
   *
   * @param inboundReadLimit receives an int; may be null
   * @param outboundReadLimit receives an int; may be null
   * @param privateData receives the private data; may be null
   * @param privateDataLength an int: the length of {@code privateData} in bytes, 0 if that is null,
   *     at most 2<sup>31</sup> - 1; receives the length needed
   * @return {@link NdkStatus#SUCCESS}; {@link NdkStatus#BUFFER_TOO_SMALL} (as much as fits has been
   *     copied); {@link NdkStatus#INVALID_PARAMETER} (a length out of range, or without memory for
   *     it); {@link NdkStatus#CONNECTION_INVALID} and {@link NdkStatus#INVALID_HANDLE} as above
   */
  default NdkStatus getConnectionData(
      @Nullable MemorySegment inboundReadLimit,
      @Nullable MemorySegment outboundReadLimit,
      @Nullable MemorySegment privateData,
      MemorySegment privateDataLength) {
    return ConnectionDataCopy.copy(
        this, inboundReadLimit, outboundReadLimit, privateData, privateDataLength);
  }

  /**
   * Returns this side's address (NdkGetLocalAddress; {@code rdma_get_local_addr}).
   *
   * @return the address and port, also after the connection has ended
   * @throws NdkException {@link NdkStatus#CONNECTION_INVALID} before a connect request has arrived
   *     or a connect has succeeded, {@link NdkStatus#INVALID_HANDLE} after close
   */
  InetSocketAddress getLocalAddress() throws NdkException;

  /**
   * Returns the peer's address (NdkGetPeerAddress; {@code rdma_get_peer_addr}).
   *
   * @return the address and port, also after the connection has ended
   * @throws NdkException {@link NdkStatus#CONNECTION_INVALID} before a connect request has arrived
   *     or a connect has succeeded, {@link NdkStatus#INVALID_HANDLE} after close
   */
  InetSocketAddress getPeerAddress() throws NdkException;

  /**
   * Ends the connection (NdkDisconnect; {@code rdma_disconnect}, then {@code ibv_modify_qp} to
   * ERR). When it completes, every work request of the queue pair has a result, {@link
   * NdkStatus#CANCELLED} for those it flushed, and the device no longer accesses any buffer. It
   * needs no call by the peer's consumer.
   *
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#IO_TIMEOUT} (the peer
   *     did not answer), {@link NdkStatus#CANCELLED} (closed meanwhile); the connection has ended
   *     in any case
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#CONNECTION_INVALID} (not connected), {@link
   *     NdkStatus#INVALID_HANDLE}
   */
  NdkStatus disconnect(NdkRequestCompletion completion);

  /**
   * Ends the connection within a time-out of its own (ours); otherwise as {@link
   * #disconnect(NdkRequestCompletion)}.
   *
   * @param timeout the longest to wait for the peer's answer, from 1 ms to 1 day; a flush that the
   *     device does not finish may take 5 seconds more
   * @param completion as there
   * @return as there
   * @throws IllegalArgumentException if the time-out is out of range
   */
  NdkStatus disconnect(Duration timeout, NdkRequestCompletion completion);

  /**
   * Ends the connection; see {@link #disconnect(Duration, NdkRequestCompletion)}.
   *
   * @param timeout the longest to wait for the peer's answer, from 1 ms to 1 day
   * @return completes when the connection has ended
   * @throws IllegalArgumentException if the time-out is out of range
   */
  default CompletionStage<Void> disconnect(Duration timeout) {
    return NdkStages.of("disconnect", completion -> disconnect(timeout, completion));
  }

  /**
   * Ends the connection; see {@link #disconnect(NdkRequestCompletion)}.
   *
   * @return completes when the connection has ended
   */
  default CompletionStage<Void> disconnect() {
    return NdkStages.of("disconnect", this::disconnect);
  }

  /**
   * Tells how the connection ended, once, whatever ended it (ours): the peer's disconnect or this
   * side's, a request that failed, a flush, a failure of the queue pair or the device, or a close.
   * It does not wait for the results of what is outstanding, and flushes nothing.
   *
   * <p>A peer that vanishes is noticed when a request to it has failed and that result has been
   * polled, or by this side's disconnect.
   *
   * @return completes on the adapter's dispatcher thread, when an established connection has ended;
   *     for a connector that has none, when it is closed, with {@link
   *     NdkConnectionEnd.Cause#PEER_UNKNOWN}
   */
  CompletionStage<NdkConnectionEnd> whenEnded();
}

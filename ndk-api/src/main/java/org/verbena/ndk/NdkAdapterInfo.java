package org.verbena.ndk;

/**
 * NDK_ADAPTER_INFO: what an adapter is and can do. Every limit can be reached, though not always
 * all of them at once.
 *
 * @param majorVersion NDK major version of the adapter
 * @param minorVersion NDK minor version of the adapter
 * @param vendorId the vendor's OUI ({@code vendor_id})
 * @param deviceId the vendor's device number ({@code vendor_part_id})
 * @param maxRegistrationSize bytes in one registration
 * @param maxWindowSize bytes in one memory window; 0 without windows
 * @param frmrPageCount pages in one fast registration; 0 without fast registration
 * @param maxInitiatorRequestSge scatter/gather elements in one send or write
 * @param maxReceiveRequestSge scatter/gather elements in one receive
 * @param maxReadRequestSge scatter/gather elements in one read
 * @param maxTransferLength total bytes of one send, receive, read or write
 * @param maxInlineDataSize bytes of one inline send or write
 * @param maxInboundReadLimit reads of the peer in progress on one queue pair
 * @param maxOutboundReadLimit own reads in progress on one queue pair
 * @param maxReceiveQueueDepth requests in one receive queue
 * @param maxInitiatorQueueDepth requests in one initiator queue
 * @param maxSrqDepth requests in one shared receive queue; 0 without shared receive queues
 * @param maxCqDepth results in one completion queue
 * @param largeRequestThreshold bytes above which a read or write is better than a send (a hint)
 * @param maxCallerData private data in a connect request, in bytes
 * @param maxCalleeData private data in an accept or reject, in bytes
 * @param adapterFlags {@link NdkAdapterFlags}
 * @param rdmaTechnology what carries the adapter's traffic
 */
public record NdkAdapterInfo(
    int majorVersion,
    int minorVersion,
    int vendorId,
    int deviceId,
    long maxRegistrationSize,
    long maxWindowSize,
    int frmrPageCount,
    int maxInitiatorRequestSge,
    int maxReceiveRequestSge,
    int maxReadRequestSge,
    int maxTransferLength,
    int maxInlineDataSize,
    int maxInboundReadLimit,
    int maxOutboundReadLimit,
    int maxReceiveQueueDepth,
    int maxInitiatorQueueDepth,
    int maxSrqDepth,
    int maxCqDepth,
    int largeRequestThreshold,
    int maxCallerData,
    int maxCalleeData,
    int adapterFlags,
    NdkRdmaTechnology rdmaTechnology) {}

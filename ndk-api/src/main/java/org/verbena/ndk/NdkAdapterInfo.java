package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * NDK_ADAPTER_INFO: what an adapter is and can do. Every limit can be reached, though not always
 * all at once: a depth can with one scatter/gather element, no inline data, and the pair's other
 * queue of depth 1. Depths are found by trial when a device is first opened, as some devices report
 * more than they have; beyond 65536 a device that grants 65536 is trusted. A queue whose sizes the
 * device cannot combine is refused with {@link NdkStatus#INSUFFICIENT_RESOURCES}.
 *
 * @param majorVersion NDK major version of the adapter
 * @param minorVersion NDK minor version of the adapter
 * @param vendorId the vendor's OUI ({@code vendor_id}), unsigned
 * @param deviceId the vendor's device number ({@code vendor_part_id}), unsigned
 * @param maxRegistrationSize bytes in one registration, as the device reports it; where the
 *     kernel's limit is lower (1 GiB for Soft-RoCE in Linux 6.12), a larger one ends with {@link
 *     NdkStatus#INSUFFICIENT_RESOURCES}
 * @param maxWindowSize bytes in one memory window; 0 without windows of type 2, in the device or in
 *     its driver
 * @param frmrPageCount pages of {@link NdkLogicalAddressMapping#PAGE_SIZE} bytes in one fast
 *     registration; 0 without fast registration
 * @param maxInitiatorRequestSge scatter/gather elements in one send or write
 * @param maxReceiveRequestSge scatter/gather elements in one receive
 * @param maxReadRequestSge scatter/gather elements in one read
 * @param maxTransferLength total bytes of one send, receive, read or write, up to 2<sup>32</sup> -
 *     1
 * @param maxInlineDataSize bytes of one inline send or write
 * @param maxInboundReadLimit reads of the peer in progress on one queue pair
 * @param maxOutboundReadLimit own reads in progress on one queue pair
 * @param maxReceiveQueueDepth requests in one receive queue
 * @param maxInitiatorQueueDepth requests in one initiator queue
 * @param maxSrqDepth requests in one shared receive queue; 0 without shared receive queues
 * @param maxCqDepth results in one completion queue
 * @param largeRequestThreshold bytes above which a read or write is faster than a send (a hint)
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
    long maxTransferLength,
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
    NdkRdmaTechnology rdmaTechnology) {
  /** Bytes of one NDK_ADAPTER_INFO. */
  public static final int SIZE = 104;

  /**
   * Writes the information as an NDK_ADAPTER_INFO, whose 4-byte limits are unsigned.
   *
   * @param target receives {@link #SIZE} bytes
   * @throws IndexOutOfBoundsException if it is shorter
   */
  public void write(MemorySegment target) {
    target.asSlice(0, SIZE).fill((byte) 0);
    target.set(JAVA_SHORT_UNALIGNED, 0, (short) majorVersion);
    target.set(JAVA_SHORT_UNALIGNED, 2, (short) minorVersion);
    target.set(JAVA_INT_UNALIGNED, 4, vendorId);
    target.set(JAVA_INT_UNALIGNED, 8, deviceId);
    target.set(JAVA_LONG_UNALIGNED, 16, maxRegistrationSize);
    target.set(JAVA_LONG_UNALIGNED, 24, maxWindowSize);
    target.set(JAVA_INT_UNALIGNED, 32, frmrPageCount);
    target.set(JAVA_INT_UNALIGNED, 36, maxInitiatorRequestSge);
    target.set(JAVA_INT_UNALIGNED, 40, maxReceiveRequestSge);
    target.set(JAVA_INT_UNALIGNED, 44, maxReadRequestSge);
    target.set(JAVA_INT_UNALIGNED, 48, (int) maxTransferLength);
    target.set(JAVA_INT_UNALIGNED, 52, maxInlineDataSize);
    target.set(JAVA_INT_UNALIGNED, 56, maxInboundReadLimit);
    target.set(JAVA_INT_UNALIGNED, 60, maxOutboundReadLimit);
    target.set(JAVA_INT_UNALIGNED, 64, maxReceiveQueueDepth);
    target.set(JAVA_INT_UNALIGNED, 68, maxInitiatorQueueDepth);
    target.set(JAVA_INT_UNALIGNED, 72, maxSrqDepth);
    target.set(JAVA_INT_UNALIGNED, 76, maxCqDepth);
    target.set(JAVA_INT_UNALIGNED, 80, largeRequestThreshold);
    target.set(JAVA_INT_UNALIGNED, 84, maxCallerData);
    target.set(JAVA_INT_UNALIGNED, 88, maxCalleeData);
    target.set(JAVA_INT_UNALIGNED, 92, adapterFlags);
    target.set(JAVA_INT_UNALIGNED, 96, rdmaTechnology.value());
  }
}

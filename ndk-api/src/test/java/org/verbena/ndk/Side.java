package org.verbena.ndk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** An open adapter with a protection domain, and memory that outlives them. */
final class Side implements AutoCloseable {
  final NdkAdapter adapter;
  final NdkPd pd;
  final InetAddress address;
  private final Arena arena = Arena.ofShared();

  Side(RigDevice device) throws NdkException {
    this(device, device.address4());
  }

  Side(RigDevice device, InetAddress address) throws NdkException {
    this(device, address, NdkOpenOptions.DEFAULT);
  }

  Side(RigDevice device, InetAddress address, NdkOpenOptions options) throws NdkException {
    this(device.deviceName(), address, options);
  }

  Side(String device, InetAddress address, NdkOpenOptions options) throws NdkException {
    this.address = address;
    adapter = NdkAdapter.open(device, 1, options);
    try {
      pd = adapter.createPd();
    } catch (Throwable e) {
      adapter.close();
      throw e;
    }
  }

  NdkAdapterInfo info() {
    return adapter.queryAdapterInfo();
  }

  /** The longest transfer, or 8 MiB if that is less. */
  long longTransfer() {
    return Math.min(info().maxTransferLength(), 8 << 20);
  }

  NdkCq cq() throws NdkException {
    return adapter.createCq(256, null);
  }

  NdkQp qp() throws NdkException {
    NdkCq cq = cq();
    return pd.createQp(cq, cq, 0, Endpoint.SMALL);
  }

  /** One object of each type, in the order of {@link NdkObjectType}. */
  List<NdkObject> oneOfEach() throws NdkException {
    NdkPd own = adapter.createPd();
    NdkCq cq = adapter.createCq(16, _ -> {});
    return List.of(
        adapter,
        own.createQp(cq, cq, 0, Endpoint.SMALL),
        cq,
        own.createMr(),
        own.createMw(),
        own,
        adapter.createSharedEndpoint(anyPort()),
        adapter.createConnector(),
        adapter.createListener(_ -> {}),
        own.createSrq(16, 1, 0, _ -> {}),
        adapter.createWaitSet());
  }

  /** The address to bind to, with an ephemeral port. */
  InetSocketAddress anyPort() {
    return new InetSocketAddress(address, 0);
  }

  MemorySegment memory(long size) {
    return arena.allocate(size, 64);
  }

  /** Whole pages. */
  MemorySegment pages(int count) {
    int pageSize = NdkLogicalAddressMapping.PAGE_SIZE;
    return arena.allocate((long) count * pageSize, pageSize);
  }

  Buffer buffer(long size) throws Exception {
    return buffer(size, Buffer.ALL_RIGHTS);
  }

  Buffer buffer(long size, int flags) throws Exception {
    return register(memory(size), flags);
  }

  Buffer register(MemorySegment memory, int flags) throws Exception {
    NdkMr mr = pd.createMr();
    Await.done(mr.registerMr(memory, flags));
    return new Buffer(memory, mr);
  }

  /** Waits until every callback that is due has run. */
  void settle() throws Exception {
    NdkPd ownPd = adapter.createPd();
    NdkMr mr = ownPd.createMr();
    MemorySegment memory = memory(64);
    for (int round = 0; round < 3; round++) {
      Await.done(mr.registerMr(memory, 0));
      Await.done(mr.deregisterMr());
    }
    Await.done(mr.closeAsync());
    Await.done(ownPd.closeAsync());
  }

  @Override
  public void close() {
    adapter.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}

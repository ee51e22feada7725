package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors name their cause. */
@Tag("device")
@Tag("peer")
@Timeout(300)
class ErrorsPeerTest extends HostFixture {
  private static Controller connect(NvmfHost from, String subsystem) throws IOException {
    return from.connect(KernelTarget.address(), subsystem);
  }

  @Test
  void anUnknownSubsystemIsNamed() {
    NvmeException e =
        assertThrows(NvmeException.class, () -> connect(host, "nqn.2026-11.org.verbena:none"));
    assertEquals(
        "connect to nqn.2026-11.org.verbena:none: the target has no such subsystem",
        e.getMessage());
    assertEquals(NvmeStatus.CONNECT_INVALID_PARAMETERS, e.status());
  }

  @Test
  void aSubsystemForAnotherHostIsClosed() throws Exception {
    NvmeException e =
        assertThrows(NvmeException.class, () -> connect(host, KernelTarget.PRIVATE_SUBSYSTEM));
    assertEquals(
        "connect to %s: the target does not allow the host %s"
            .formatted(KernelTarget.PRIVATE_SUBSYSTEM, host.name()),
        e.getMessage());
    assertEquals(NvmeStatus.CONNECT_INVALID_HOST, e.status());
    try (NvmfHost right =
            NvmfHost.open(KernelTarget.local(), KernelTarget.PRIVATE_HOST, UUID.randomUUID());
        Controller controller = connect(right, KernelTarget.PRIVATE_SUBSYSTEM)) {
      assertEquals(1, controller.namespaces().size());
    }
  }

  @Test
  void nobodyThereIsSaid() {
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                host.connect(
                    new InetSocketAddress(KernelTarget.address().getAddress(), 4499),
                    KernelTarget.SUBSYSTEM));
    assertTrue(e.getMessage().endsWith(":4499: no target listens there"), e.getMessage());
  }

  @Test
  void discoveryShowsWhatThisHostMayUse() throws Exception {
    assertEquals(List.of(KernelTarget.DELAYED_SUBSYSTEM, KernelTarget.SUBSYSTEM), subsystems(host));
    try (NvmfHost other =
        NvmfHost.open(KernelTarget.local(), KernelTarget.PRIVATE_HOST, UUID.randomUUID())) {
      assertEquals(
          List.of(
              KernelTarget.DELAYED_SUBSYSTEM,
              KernelTarget.PRIVATE_SUBSYSTEM,
              KernelTarget.SUBSYSTEM),
          subsystems(other));
    }
  }

  private static List<String> subsystems(NvmfHost host) throws IOException {
    return host.discover(KernelTarget.address()).stream()
        .filter(entry -> !entry.discovery())
        .map(DiscoveryEntry::subsystem)
        .sorted()
        .toList();
  }

  /** It fails to register memory, after it has created other objects. */
  @Test
  void aConnectionThatFailsLeavesNothingBehind() throws Exception {
    try (NvmfHost broken = NvmfHost.open(KernelTarget.local())) {
      broken.pd().closeAsync().toCompletableFuture().get();
      String before = resources();
      for (int i = 0; i < 3; i++) {
        assertThrows(
            IOException.class,
            () -> new RdmaConnection(broken, KernelTarget.address(), 1, 8, 8, () -> {}, () -> {}));
      }
      awaitResources(before);
    }
  }

  /** A close is asynchronous. */
  private static void awaitResources(String wanted) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!resources().equals(wanted)) {
      assertTrue(System.nanoTime() < deadline, () -> wanted + resources());
      Thread.sleep(20);
    }
  }

  /** Returns the device's counts of queues and other resources. */
  private static String resources() {
    return KernelTarget.run("rdma", "resource", "show", System.getenv("VERBENA_DEVICE_A"));
  }

  @Test
  void aMissingNamespaceIsNamed() throws Exception {
    try (Controller controller = connect(host, KernelTarget.SUBSYSTEM)) {
      NvmeException e = assertThrows(NvmeException.class, () -> controller.namespace(9));
      assertEquals(
          "identify namespace 9: there is no such namespace (status 0x00b)", e.getMessage());
    }
  }

  @Test
  void blocksBeyondTheEndAreRefused() throws Exception {
    try (Controller controller = connect(host, KernelTarget.SUBSYSTEM);
        IoBuffer buffer = host.allocate(8192)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      IoQueue queue = controller.queue(0);
      IoHandler handler = (_, _) -> {};
      long end = namespace.blocks();
      IndexOutOfBoundsException e =
          assertThrows(
              IndexOutOfBoundsException.class,
              () -> queue.read(namespace, end - 1, 2, buffer, 0, 0, handler));
      assertEquals(
          "2 blocks at block %d do not fit in namespace 1, which has %d blocks"
              .formatted(end - 1, end),
          e.getMessage());
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> queue.write(namespace, -1, 1, buffer, 0, 0, handler));
      assertThrows(
          IndexOutOfBoundsException.class, () -> queue.writeZeroes(namespace, end, 1, 0, handler));
      assertThrows(
          IndexOutOfBoundsException.class, () -> queue.deallocate(namespace, 1, end, 0, handler));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> queue.read(namespace, 0, 1, buffer, 8192 - 511, 0, handler));
      assertThrows(
          IllegalArgumentException.class, () -> queue.read(namespace, 0, 0, buffer, 0, 0, handler));
      assertEquals(0, queue.inFlight());
    }
  }

  /** The host's view of a namespace may be older than the target's. */
  @ParameterizedTest
  @EnumSource
  void blocksThatTheTargetRefusesEndWithItsError(ConnectOptions.Exposure exposure)
      throws Exception {
    ConnectOptions options = ConnectOptions.DEFAULT.withExposure(exposure, true);
    try (Controller controller =
            host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options);
        IoBuffer buffer = host.allocate(4096)) {
      Namespace real = controller.namespace(KernelTarget.MEMORY);
      Namespace old = new Namespace(real.id(), 2 * real.blocks(), real.blockSize(), "");
      Namespace gone = new Namespace(9, real.blocks(), real.blockSize(), "");
      TestQueue queue = new TestQueue(controller.queue(0));
      assertTrue(controller.queue(0).read(old, real.blocks(), 1, buffer, 0, 0, queue.handler()));
      assertTrue(queue.ended() != NvmeStatus.SUCCESS);
      assertTrue(controller.queue(0).read(gone, 0, 1, buffer, 0, 0, queue.handler()));
      assertEquals(NvmeStatus.INVALID_NAMESPACE, queue.ended());
      // Linux targets reject that before they use the window, and do not invalidate it.
      assertEquals(
          exposure == ConnectOptions.Exposure.WINDOW ? 1 : 0,
          controller.queue(0).pump().invalidatedByHost());
      queue.read(real, 0, 1, buffer, 0); // nothing else broke
      assertEquals(0, controller.reconnects());
    }
  }

  @Test
  void fullStorageIsSaid() throws Exception {
    try (Controller controller = connect(host, KernelTarget.SUBSYSTEM);
        IoBuffer buffer = host.allocate(1 << 20)) {
      Namespace namespace = controller.namespace(KernelTarget.THIN);
      IoQueue queue = controller.queue(0);
      TestQueue test = new TestQueue(queue);
      buffer.memory().fill((byte) 1);
      int blocks = (1 << 20) / namespace.blockSize();
      int status = NvmeStatus.SUCCESS;
      for (long lba = 0; status == NvmeStatus.SUCCESS; lba += blocks) {
        assertTrue(queue.write(namespace, lba, blocks, buffer, 0, 0, test.handler()));
        status = test.ended();
      }
      assertEquals(
          "the storage behind the namespace is full (status 0x081)", NvmeStatus.text(status));
      assertTrue(queue.deallocate(namespace, 0, namespace.blocks(), 0, test.handler()));
      assertEquals(NvmeStatus.SUCCESS, test.ended());
      test.write(namespace, 0, blocks, buffer, 0);
    }
  }
}

package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;

/** The target goes away and comes back, and controllers are reset, in the middle of I/O. */
@Tag("device")
@Tag("long")
@Tag("peer")
@Timeout(300)
class LossPeerTest extends HostFixture {
  private static final Path TARGET = Path.of("/sys/kernel/config/nvmet");

  private boolean removed;

  private void remove() {
    removed = true;
    KernelTarget.remove();
  }

  @AfterEach
  void restore() {
    if (removed) {
      KernelTarget.restore();
      removed = false;
    }
  }

  private static Controller connect(ConnectOptions options) throws IOException {
    return host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options);
  }

  private static ConnectOptions options(int queues, int depth, Exposure exposure) {
    return ConnectOptions.DEFAULT
        .withQueues(queues, depth)
        .withExposure(exposure, true)
        .withLoss(Duration.ofSeconds(15), Duration.ofMillis(100), Duration.ofMinutes(2));
  }

  @ParameterizedTest
  @CsvSource({"REGION, 16", "WINDOW, 8"})
  void noAcknowledgedWriteIsLostWithTheTarget(Exposure exposure, int depth) throws Exception {
    try (Controller controller = connect(options(2, depth, exposure));
        Writer one = new Writer(host, controller, 0);
        Writer two = new Writer(host, controller, 1)) {
      for (int loss = 1; loss <= 3; loss++) {
        int[] resent = {
          controller.queue(0).recovery().resent(), controller.queue(1).recovery().resent()
        };
        one.awaitMore(200);
        two.awaitMore(200);
        int reconnects = controller.reconnects();
        remove();
        restore();
        TestQueue.awaitReconnects(controller, reconnects + 1);
        one.awaitMore(200);
        two.awaitMore(200);
        for (int i = 0; i < resent.length; i++) {
          assertTrue(controller.queue(i).recovery().resent() > resent[i], "nothing was in flight");
        }
      }
      one.finish();
      two.finish();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aResetInTheMiddleLosesNothing(Exposure exposure) throws Exception {
    try (Controller controller = connect(options(1, 16, exposure));
        Writer writer = new Writer(host, controller, 0)) {
      for (int reset = 1; reset <= 5; reset++) {
        int resent = controller.queue(0).recovery().resent();
        writer.awaitMore(100);
        int reconnects = controller.reconnects();
        controller.reset();
        assertTrue(controller.reconnects() > reconnects);
        writer.awaitMore(100);
        assertTrue(controller.queue(0).recovery().resent() > resent, "nothing was in flight");
      }
      writer.finish();
    }
  }

  /** The target could store the writes that it still has after newer ones. */
  @Test
  void afterABrokenWireNothingIsSentAgainBeforeTheTargetHasGivenUp() throws Exception {
    Duration keepAlive = Duration.ofSeconds(10);
    ConnectOptions options =
        options(1, 8, Exposure.REGION)
            .withIoTimeout(Duration.ofSeconds(1))
            .withLoss(keepAlive, Duration.ofMillis(50), Duration.ofMinutes(2));
    try (Controller controller = connect(options);
        Writer writer = new Writer(host, controller, 0)) {
      writer.awaitMore(100);
      int resent = controller.queue(0).recovery().resent();
      long cut;
      wire("add");
      try {
        cut = System.nanoTime();
        // Longer than it takes to detect the loss, and to wait in vain for a disconnect: 6 s on a
        // fast machine. Shorter than the target's patience.
        Thread.sleep(Duration.ofSeconds(14));
        assertEquals(0, controller.reconnects());
      } finally {
        wire("del");
      }
      TestQueue.awaitReconnects(controller, 1);
      Duration away = Duration.ofNanos(System.nanoTime() - cut);
      assertTrue(away.compareTo(keepAlive.multipliedBy(2)) > 0, "sent again after " + away);
      writer.awaitMore(100);
      assertTrue(controller.queue(0).recovery().resent() > resent, "nothing was in flight");
      writer.finish();
    }
  }

  /** Makes the wire drop all packets in both directions, or stops that. */
  private static void wire(String what) throws Exception {
    KernelTarget.run("modprobe", "sch_netem");
    for (var address : List.of(KernelTarget.local(), KernelTarget.address().getAddress())) {
      String device = NetworkInterface.getByInetAddress(address).getName();
      KernelTarget.run("tc", "qdisc", what, "dev", device, "root", "netem", "loss", "100%");
    }
  }

  @Test
  void aTargetThatStaysAwayEndsAllIo() throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT.withLoss(
            Duration.ofSeconds(15), Duration.ofMillis(50), Duration.ofSeconds(1));
    try (Controller controller = connect(options);
        IoBuffer buffer = host.allocate(Writer.BYTES)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      TestQueue test = new TestQueue(controller.queue(0));
      test.read(namespace, 0, Writer.BLOCKS, buffer, 0);
      remove();
      isLost(controller, namespace, buffer);
      assertThrows(IOException.class, controller::namespaces);
    }
  }

  private static void isLost(Controller controller, Namespace namespace, IoBuffer buffer)
      throws InterruptedException {
    IoQueue queue = controller.queue(0);
    TestQueue test = new TestQueue(queue);
    for (int i = 0; i < 2; i++) {
      assertTrue(queue.read(namespace, 0, Writer.BLOCKS, buffer, 0, 0, test.handler()));
      assertEquals(NvmeStatus.HOST_PATH_ERROR, test.ended());
    }
  }

  /** Two minutes of retries would be of no use. */
  @Test
  void aRefusalEndsAllIoAtOnce() throws Exception {
    try (Controller controller = connect(options(1, 8, Exposure.REGION));
        IoBuffer buffer = host.allocate(Writer.BYTES)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      // The ports still listen for the other subsystems.
      removed = true;
      long start = System.nanoTime();
      for (String port : List.of("1", "2")) {
        Files.deleteIfExists(TARGET.resolve("ports", port, "subsystems", KernelTarget.SUBSYSTEM));
      }
      try {
        isLost(controller, namespace, buffer);
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30));
        IOException e = assertThrows(IOException.class, controller::reset);
        assertEquals(
            "connect to %s: the target has no such subsystem".formatted(KernelTarget.SUBSYSTEM),
            e.getCause().getMessage());
      } finally {
        KernelTarget.remove(); // the other subsystems too, as after a loss
      }
    }
  }

  /** Data for one namespace must not be written to another. */
  @Test
  void anotherDiskOfTheSameNumberIsNotWrittenTo() throws Exception {
    try (Controller controller = connect(options(1, 8, Exposure.REGION));
        IoBuffer buffer = host.allocate(Writer.BYTES)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      remove();
      Path disk =
          TARGET.resolve("subsystems", KernelTarget.SUBSYSTEM, "namespaces", "" + namespace.id());
      Files.writeString(disk.resolve("enable"), "0");
      Files.writeString(disk.resolve("device_uuid"), UUID.randomUUID().toString());
      Files.writeString(disk.resolve("enable"), "1");
      restore();
      isLost(controller, namespace, buffer);
      IOException e = assertThrows(IOException.class, controller::reset);
      assertEquals("reconnect: namespace 1 is no longer the same", e.getCause().getMessage());
    }
  }

  @Test
  void aControllerIsKeptAlive() throws Exception {
    // Without Keep Alive commands the target would end this association several times.
    ConnectOptions options =
        ConnectOptions.DEFAULT.withLoss(
            Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofMinutes(1));
    try (Controller controller = connect(options);
        IoBuffer buffer = host.allocate(Writer.BYTES)) {
      IoQueue queue = controller.queue(0);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(9);
      while (System.nanoTime() < end) {
        assertEquals(0, queue.await(Duration.ofMillis(500)));
      }
      new TestQueue(queue)
          .read(controller.namespace(KernelTarget.MEMORY), 0, Writer.BLOCKS, buffer, 0);
      assertEquals(0, controller.reconnects());
    }
  }

  /** Neither the target nor this host runs out of anything. */
  @Test
  void controllersComeAndGo() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (Controller controller = connect(options(2, 4, Exposure.WINDOW))) {
        assertEquals(2, controller.queues().size());
      }
    }
  }
}

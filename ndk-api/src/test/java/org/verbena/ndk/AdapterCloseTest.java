package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("device")
class AdapterCloseTest {
  private static List<String> ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("verbena-"))
        .toList();
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private static long mappedDevices() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("infiniband")).count();
    }
  }

  /** Closes the adapters only, with requests outstanding in both queues. */
  private static void useEverything() throws Exception {
    try (Pair pair = new Pair()) {
      Buffer buffer = pair.server.side.buffer(64);
      assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(1, buffer.sgl(), 1));
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.receive(1, null, 0));
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(2, null, 0, 0));
      pair.client.side.adapter.createConnector();
      pair.client.side.adapter.createCq(8, _ -> {}).armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    }
  }

  @Test
  void everythingStillOpenIsClosedWithIt() throws Exception {
    Pair pair = new Pair();
    List<NdkObject> objects =
        List.of(
            pair.client.qp,
            pair.client.connector,
            pair.client.receiveCq,
            pair.client.initiatorCq,
            pair.client.side.buffer(64).mr(),
            pair.client.side.pd);
    pair.close();
    for (NdkObject object : objects) {
      assertEquals(NdkStatus.INVALID_HANDLE, object.close(() -> {}), object::toString);
    }
  }

  @Test
  void noThreadIsLeft() throws Exception {
    try (NdkAdapter adapter = NdkAdapter.open(RigDevice.A.deviceName())) {
      assertNotEquals(List.of(), ourThreads(), "threads of " + adapter.deviceName());
    }
    assertEquals(List.of(), ourThreads());
    useEverything();
    assertEquals(List.of(), ourThreads());
  }

  @Test
  void noFileAndNoMappingIsLeft() throws Exception {
    useEverything();
    long files = openFiles();
    for (int round = 0; round < 5; round++) {
      useEverything();
    }
    assertEquals(files, openFiles());
    assertEquals(0, mappedDevices());
  }

  @Test
  void failedOpensLeaveNoFile() throws Exception {
    Runnable failures =
        () -> {
          tryOpen("nothing0", 1);
          tryOpen(RigDevice.A.deviceName(), 7);
        };
    failures.run();
    NdkAdapter.devices();
    long files = openFiles();
    for (int round = 0; round < 5; round++) {
      failures.run();
      NdkAdapter.devices();
    }
    assertEquals(files, openFiles());
    assertEquals(List.of(), ourThreads());
  }

  private static void tryOpen(String device, int port) {
    try (NdkAdapter adapter = NdkAdapter.open(device, port, NdkOpenOptions.DEFAULT)) {
      throw new AssertionError("opened " + adapter.deviceName() + "/" + adapter.port());
    } catch (NdkException e) {
      assertEquals(NdkStatus.DEVICE_NOT_READY, e.status());
    }
  }

  @Test
  void theSecondCloseDoesNothing() throws NdkException {
    NdkAdapter adapter = NdkAdapter.open(RigDevice.A.deviceName());
    adapter.close();
    adapter.close();
    assertEquals(NdkStatus.INVALID_HANDLE, adapter.close(() -> {}));
  }

  @Test
  void severalThreadsMayCloseAtOnceAndAllWait() throws Exception {
    Pair pair = new Pair();
    AtomicInteger seen = new AtomicInteger();
    List<Thread> threads =
        Stream.generate(
                () ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              pair.client.side.adapter.close();
                              if (pair.client.qp.close(() -> {}) == NdkStatus.INVALID_HANDLE) {
                                seen.incrementAndGet();
                              }
                            }))
            .limit(4)
            .toList();
    for (Thread thread : threads) {
      assertTrue(thread.join(Await.DEADLINE), "close hangs");
    }
    assertEquals(4, seen.get());
    pair.close();
  }

  @Test
  void closingInACallbackIsRefusedAndHarmsNothing() throws Exception {
    try (Side side = new Side(RigDevice.A)) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      NdkMr mr = side.pd.createMr();
      Completion completion = new Completion();
      mr.registerMr(
          side.memory(64),
          0,
          (status, detail) -> {
            try {
              side.adapter.close();
            } catch (Throwable e) {
              thrown.set(e);
            }
            completion.completed(status, detail);
          });
      assertEquals(NdkStatus.SUCCESS, completion.await());
      assertInstanceOf(IllegalStateException.class, thrown.get());
      side.buffer(64);
    }
  }

  @Test
  void aCallbackMayStartAClose() throws Exception {
    Side side = new Side(RigDevice.A);
    AtomicReference<CompletionStage<Void>> closed = new AtomicReference<>();
    side.pd
        .createMr()
        .registerMr(side.memory(64), 0, (_, _) -> closed.set(side.adapter.closeAsync()));
    Await.until("the callback", () -> closed.get() != null);
    Await.done(closed.get());
    assertEquals(NdkStatus.INVALID_HANDLE, side.pd.close(() -> {}));
    side.close();
  }

  @Test
  void anInterruptedThreadWaitsAllTheSameAndStaysInterrupted() throws Exception {
    Pair pair = new Pair();
    Thread.currentThread().interrupt();
    pair.client.side.adapter.close();
    assertTrue(Thread.interrupted());
    assertEquals(NdkStatus.INVALID_HANDLE, pair.client.qp.close(() -> {}));
    pair.close();
  }

  @Test
  void pendingRequestsAreCompletedBeforeItReturns() throws Exception {
    try (Side server = new Side(RigDevice.B)) {
      Acceptor acceptor = new Acceptor(server);
      Side client = new Side(RigDevice.A);
      Handshake handshake = Handshake.request(client, client.qp(), acceptor);
      client.close();
      assertEquals(1, handshake.connect.calls());
      assertEquals(NdkStatus.CANCELLED, handshake.connect.await());
    }
  }

  @Test
  void closeCompletionsRunBeforeItReturns() throws Exception {
    Side side = new Side(RigDevice.A);
    NdkQp qp = side.qp();
    CompletionStage<Void> pdClosed = side.pd.closeAsync();
    side.settle();
    assertFalse(Await.isDone(pdClosed), () -> "a queue pair is still open: " + qp);
    side.close();
    assertTrue(Await.isDone(pdClosed));
  }
}

package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;

/** Writes arrive in the target's storage, and reads return what it holds. */
@Tag("device")
@Tag("peer")
@Timeout(300) // the machine may be emulated and busy
class DataPeerTest extends HostFixture {
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 512;
  private static final int AREA = 16 * MIB; // the part of a namespace that is compared
  private static final int ROUNDS = 60;

  private static IoBuffer buffer;

  @BeforeAll
  static void open() throws IOException {
    buffer = host.allocate(2 * MIB + BLOCK);
  }

  @AfterAll
  static void close() {
    buffer.close();
  }

  private static Controller connect(Exposure exposure, boolean inCapsule) throws IOException {
    ConnectOptions options = ConnectOptions.DEFAULT.withExposure(exposure, inCapsule);
    return host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options);
  }

  /** Random writes of 1 block to 1 MiB, then the whole area as the storage shows it. */
  @ParameterizedTest
  @CsvSource({
    "REGION, true, 1",
    "REGION, false, 1",
    "WINDOW, true, 1",
    "WINDOW, false, 1",
    "REGION, true, 2"
  })
  void whatIsWrittenIsStored(Exposure exposure, boolean inCapsule, int id) throws Exception {
    SplittableRandom random = new SplittableRandom(exposure.ordinal() + id);
    byte[] expected = new byte[AREA];
    try (Controller controller = connect(exposure, inCapsule)) {
      Namespace namespace = controller.namespace(id);
      TestQueue queue = new TestQueue(controller.queue(0));
      MemorySegment zeros = buffer.memory().asSlice(0, MIB).fill((byte) 0);
      for (int at = 0; at < AREA; at += MIB) {
        queue.write(namespace, at / BLOCK, MIB / BLOCK, buffer, 0);
      }
      assertEquals(0, zeros.get(ValueLayout.JAVA_LONG, 0));
      for (int round = 0; round < ROUNDS; round++) {
        int length = length(random);
        int at = BLOCK * random.nextInt((AREA - length) / BLOCK + 1);
        int offset = random.nextInt(MIB); // memory needs no alignment
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, expected, at, length);
        memory(offset, length).copyFrom(MemorySegment.ofArray(bytes));
        queue.write(namespace, at / BLOCK, length / BLOCK, buffer, offset);
      }
      assertEquals(
          0, controller.queue(0).pump().invalidatedByHost(), "the target invalidates the windows");
    }
    assertArrayEquals(expected, read(storage(id), 0, AREA));
  }

  /** Random reads of 1 block to 1 MiB, of what was written to the storage directly. */
  @ParameterizedTest
  @CsvSource({"REGION, 1", "WINDOW, 1", "REGION, 2", "WINDOW, 2"})
  void whatIsStoredIsRead(Exposure exposure, int id) throws Exception {
    SplittableRandom random = new SplittableRandom(id);
    byte[] expected = new byte[AREA];
    random.nextBytes(expected);
    write(storage(id), 0, expected);
    try (Controller controller = connect(exposure, true)) {
      Namespace namespace = controller.namespace(id);
      TestQueue queue = new TestQueue(controller.queue(0));
      for (int round = 0; round < ROUNDS; round++) {
        int length = length(random);
        int at = BLOCK * random.nextInt((AREA - length) / BLOCK + 1);
        int offset = random.nextInt(MIB);
        buffer.memory().fill((byte) 0x5A);
        queue.read(namespace, at / BLOCK, length / BLOCK, buffer, offset);
        MemorySegment wanted = MemorySegment.ofArray(expected).asSlice(at, length);
        assertEquals(-1, memory(offset, length).mismatch(wanted), "round " + round);
        assertEquals(0x5A, buffer.memory().get(ValueLayout.JAVA_BYTE, offset + length));
        assertTrue(offset == 0 || buffer.memory().get(ValueLayout.JAVA_BYTE, offset - 1) == 0x5A);
      }
      assertEquals(
          0, controller.queue(0).pump().invalidatedByHost(), "the target invalidates the windows");
    }
  }

  /** The kernel's own initiator reads what this host writes, and the other way round. */
  @Test
  void theKernelsInitiatorSeesTheSame() throws Exception {
    try (KernelInitiator kernel = new KernelInitiator();
        Controller controller = connect(Exposure.REGION, true)) {
      Path disk = kernel.disk();
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      TestQueue queue = new TestQueue(controller.queue(0));
      byte[] bytes = new byte[MIB];
      new SplittableRandom(3).nextBytes(bytes);
      memory(0, MIB).copyFrom(MemorySegment.ofArray(bytes));
      queue.write(namespace, 4096, MIB / BLOCK, buffer, 0);
      assertArrayEquals(bytes, read(disk, 4096L * BLOCK, MIB));
      Arrays.fill(bytes, (byte) 0x77);
      write(disk, 4096L * BLOCK, bytes);
      queue.read(namespace, 4096, MIB / BLOCK, buffer, 0);
      assertEquals(-1, memory(0, MIB).mismatch(MemorySegment.ofArray(bytes)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void flushZeroesAndDeallocateWork(Exposure exposure) throws Exception {
    for (boolean inCapsule : new boolean[] {true, false}) {
      try (Controller controller = connect(exposure, inCapsule)) {
        Namespace namespace = controller.namespace(KernelTarget.MEMORY);
        IoQueue queue = controller.queue(0);
        TestQueue test = new TestQueue(queue);
        memory(0, 8 * BLOCK).fill((byte) 1);
        test.write(namespace, 0, 8, buffer, 0);
        assertTrue(queue.flush(namespace, 0, test.handler()));
        assertEquals(NvmeStatus.SUCCESS, test.ended());
        assertTrue(queue.writeZeroes(namespace, 2, 3, 0, test.handler()));
        assertEquals(NvmeStatus.SUCCESS, test.ended());
        int windows = queue.pump().invalidatedByTarget();
        assertTrue(queue.deallocate(namespace, 6, 2, 0, test.handler()));
        assertEquals(NvmeStatus.SUCCESS, test.ended());
        boolean window = exposure == Exposure.WINDOW && !inCapsule;
        assertEquals(
            window ? 1 : 0, queue.pump().invalidatedByTarget() - windows, "by a window or not");
        test.read(namespace, 0, 8, buffer, 0);
        byte[] expected = {1, 1, 0, 0, 0, 1, 0, 0}; // this storage returns zeros then
        for (int block = 0; block < expected.length; block++) {
          MemorySegment is = memory(block * BLOCK, BLOCK);
          byte want = expected[block];
          assertTrue(
              Arena.global().allocate(BLOCK).fill(want).mismatch(is) == -1, "block " + block);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIpv6AddressWorksToo(Exposure exposure) throws Exception {
    ConnectOptions options = ConnectOptions.DEFAULT.withExposure(exposure, false);
    try (NvmfHost six = NvmfHost.open(KernelTarget.local6());
        Controller controller =
            six.connect(KernelTarget.address6(), KernelTarget.SUBSYSTEM, options);
        IoBuffer memory = six.allocate(2 * BLOCK)) {
      assertTrue(KernelTarget.address6().getAddress() instanceof Inet6Address);
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      TestQueue queue = new TestQueue(controller.queue(0));
      memory.memory().asSlice(0, BLOCK).fill((byte) 6);
      queue.write(namespace, 1, 1, memory, 0);
      queue.read(namespace, 1, 1, memory, BLOCK);
      assertEquals(6, memory.memory().get(ValueLayout.JAVA_BYTE, 2 * BLOCK - 1));
    }
  }

  /** As many I/O at once as the depth of the queue: each ends once. */
  @ParameterizedTest
  @CsvSource({"REGION, 128", "WINDOW, 128", "REGION, 1", "REGION, 2"})
  void aQueueHoldsAsManyAsItsDepth(Exposure exposure, int depth) throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT.withQueues(1, depth).withExposure(exposure, true);
    try (Controller controller =
        host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      IoQueue queue = controller.queue(0);
      assertEquals(depth, queue.depth());
      int[] ended = new int[depth];
      IoHandler handler =
          (i, status) -> {
            assertEquals(NvmeStatus.SUCCESS, status);
            ended[(int) i]++;
          };
      for (boolean write : new boolean[] {true, false}) {
        for (int i = 0; i < depth; i++) {
          memory(i * 4096, 8).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, write ? i : -1);
          long lba = 8L * i;
          assertTrue(
              write
                  ? queue.write(namespace, lba, 8, buffer, i * 4096L, i, handler)
                  : queue.read(namespace, lba, 8, buffer, i * 4096L, i, handler));
        }
        assertFalse(queue.read(namespace, 0, 8, buffer, 0, 0, handler), "the queue is full");
        while (queue.inFlight() > 0) {
          assertTrue(queue.await(Duration.ofSeconds(60)) > 0);
        }
      }
      for (int i = 0; i < depth; i++) {
        assertEquals(2, ended[i]);
        assertEquals(i, memory(i * 4096, 8).get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
      }
    }
  }

  /** Each queue has its own thread, and its own part of the namespace. */
  @ParameterizedTest
  @CsvSource({"REGION, 4", "WINDOW, 3"})
  void queuesWorkAtTheSameTime(Exposure exposure, int count) throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT.withQueues(count, 8).withExposure(exposure, true);
    try (Controller controller =
        host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options)) {
      assertEquals(count, controller.queues().size());
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      List<CompletableFuture<Void>> ends = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        IoQueue queue = controller.queue(i);
        long first = (long) i * (MIB / BLOCK);
        ends.add(
            CompletableFuture.runAsync(
                () -> writeAndReadBack(queue, namespace, first),
                task -> Thread.ofPlatform().start(task)));
      }
      for (CompletableFuture<Void> end : ends) {
        end.get(); // throws what the thread threw
      }
    }
  }

  private static void writeAndReadBack(IoQueue queue, Namespace namespace, long first) {
    SplittableRandom random = new SplittableRandom(first);
    TestQueue test = new TestQueue(queue);
    try (IoBuffer own = host.allocate(2 * MIB)) {
      MemorySegment written = own.memory().asSlice(0, MIB);
      MemorySegment read = own.memory().asSlice(MIB);
      for (int round = 0; round < ROUNDS; round++) {
        int length = length(random);
        written.set(ValueLayout.JAVA_LONG, 0, random.nextLong());
        written.set(ValueLayout.JAVA_LONG, length - 8, random.nextLong());
        long lba = first + random.nextInt((MIB - length) / BLOCK + 1);
        test.write(namespace, lba, length / BLOCK, own, 0);
        test.read(namespace, lba, length / BLOCK, own, MIB);
        assertEquals(-1, written.asSlice(0, length).mismatch(read.asSlice(0, length)));
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns a power of two or any length, so that all magnitudes are likely. */
  private static int length(SplittableRandom random) {
    int most = BLOCK << random.nextInt(12);
    return random.nextBoolean() ? most : BLOCK * random.nextInt(1, most / BLOCK + 1);
  }

  private static MemorySegment memory(int offset, int length) {
    return buffer.memory().asSlice(offset, length);
  }

  private static Path storage(int id) {
    return id == KernelTarget.MEMORY ? KernelTarget.MEMORY_DEVICE : KernelTarget.LOOP_FILE;
  }

  private static byte[] read(Path storage, long position, int length) throws IOException {
    forgetCache(storage);
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(storage, StandardOpenOption.READ)) {
      while (bytes.hasRemaining()) {
        assertTrue(channel.read(bytes, position + bytes.position()) > 0, "too short");
      }
    }
    return bytes.array();
  }

  private static void write(Path storage, long position, byte[] content) throws IOException {
    forgetCache(storage);
    ByteBuffer bytes = ByteBuffer.wrap(content);
    try (FileChannel channel = FileChannel.open(storage, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes, position + bytes.position());
      }
      channel.force(true);
    }
  }

  /** The target and its hosts bypass this machine's page cache of a block device. */
  private static void forgetCache(Path storage) {
    if (storage.startsWith("/dev")) {
      KernelTarget.run("blockdev", "--flushbufs", storage.toString());
    }
  }
}

package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.extension.NativeHandle;

/** Memory that is mapped read-only, to which no window can be bound. */
@Tag("device")
@Covers({"NdkRegisterMr", "NdkBind"})
@ExtendWith(Fixtures.class)
class ReadOnlyMemoryTest {
  private static final int REMOTE_READ = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
  private static final int PROT_READ = 1;
  private static final int PROT_READ_WRITE = 3;
  private static final int PAGES = 2;
  private static final int SIZE = PAGES * NdkLogicalAddressMapping.PAGE_SIZE;

  @TempDir Path folder;
  private final Arena mappings = Arena.ofShared();
  private final Pair pair;
  private final Buffer expected;
  private FileChannel file;
  private MemorySegment protectedMemory;

  ReadOnlyMemoryTest(Pair pair) throws Exception {
    this.pair = pair;
    expected = pair.client.side.buffer(SIZE).fill(3);
  }

  @BeforeEach
  void openFile() throws IOException {
    Path path = folder.resolve("file");
    Files.write(path, expected.memory().toArray(JAVA_BYTE));
    file = FileChannel.open(path, StandardOpenOption.READ);
  }

  @AfterEach
  void close() throws IOException {
    if (protectedMemory != null) {
      protect(protectedMemory, PROT_READ_WRITE);
    }
    pair.close(); // before the memory it has registered is unmapped
    file.close();
    mappings.close();
  }

  private Completion register(NdkMr mr, MemorySegment memory, int flags) {
    Completion completion = Completion.pending(c -> mr.registerMr(memory, flags, c));
    completion.await();
    return completion;
  }

  @Test
  void aFileMappedForReadingIsServedWhereTheKernelPinsIt() throws Exception {
    MemorySegment memory = file.map(MapMode.READ_ONLY, 0, SIZE, mappings);
    for (int flags : new int[] {0, REMOTE_READ}) {
      NdkMr mr = pair.server.side.pd.createMr();
      Completion completion = register(mr, memory, flags);
      if (kernelPins(memory)) {
        assertEquals(NdkStatus.SUCCESS, completion.await(), completion::detail);
        assertNoWindow(mr, memory);
        if (flags == REMOTE_READ) {
          assertServed(new Buffer(memory, mr));
        }
      } else {
        assertEquals(NdkStatus.ACCESS_VIOLATION, completion.await());
        assertTrue(completion.detail().contains("mapped for reading only"), completion::detail);
      }
    }
  }

  /** Every kernel can pin private memory: it may copy the pages. */
  @Test
  void memoryProtectedFromWritingIsServed() throws Exception {
    MemorySegment memory = protectedPages();
    NdkMr mr = pair.server.side.pd.createMr();
    Completion completion = register(mr, memory, REMOTE_READ);
    assertEquals(NdkStatus.SUCCESS, completion.await(), completion::detail);
    assertNoWindow(mr, memory);
    assertServed(new Buffer(memory, mr));
  }

  @Test
  void noRightToWriteIsGranted() throws Exception {
    MemorySegment memory = protectedPages();
    NdkMr mr = pair.server.side.pd.createMr();
    Completion completion = register(mr, memory, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE);
    assertEquals(NdkStatus.ACCESS_VIOLATION, completion.await());
    assertTrue(completion.detail().contains("mapped for reading only"), completion::detail);
  }

  private boolean kernelPins(MemorySegment memory) throws NdkException {
    MemorySegment pd = pair.server.side.pd.queryExtension(NativeHandle.EXTENSION).handle();
    try {
      VerbsControl.ibv_dereg_mr(VerbsControl.ibv_reg_mr(pd, memory, memory.byteSize(), 0));
      return true;
    } catch (ErrnoException e) {
      assertEquals(RdmaCore.EFAULT(), e.errno());
      return false;
    }
  }

  private void assertNoWindow(NdkMr mr, MemorySegment memory) throws NdkException {
    NdkMw mw = pair.server.side.pd.createMw();
    assertEquals(
        NdkStatus.ACCESS_VIOLATION,
        pair.server.qp.bind(1, mr, mw, memory, NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ));
    pair.assertStillConnected();
  }

  private void assertServed(Buffer source) throws Exception {
    Buffer sink = pair.client.side.buffer(SIZE);
    assertEquals(
        NdkStatus.SUCCESS,
        OneSided.read(pair.client, sink, source.address(), source.remoteToken()));
    assertTrue(sink.hasSameBytesAs(expected));
  }

  /** The server's memory with the expected bytes, now write-protected. */
  private MemorySegment protectedPages() {
    MemorySegment memory = pair.server.side.pages(PAGES).copyFrom(expected.memory());
    protect(memory, PROT_READ);
    protectedMemory = memory;
    return memory;
  }

  @SuppressWarnings("restricted")
  private static void protect(MemorySegment memory, int protection) {
    Linker linker = Linker.nativeLinker();
    MethodHandle mprotect =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("mprotect"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    try {
      assertEquals(0, (int) mprotect.invokeExact(memory, memory.byteSize(), protection));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}

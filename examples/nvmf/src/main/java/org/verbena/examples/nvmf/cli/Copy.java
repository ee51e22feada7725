package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.verbena.examples.nvmf.IoBuffer;
import org.verbena.examples.nvmf.IoHandler;
import org.verbena.examples.nvmf.IoQueue;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmeException;
import org.verbena.examples.nvmf.NvmeStatus;

/**
 * Copies a file or namespace to another, with many pieces in flight. The target reads and writes
 * the same memory as the file I/O.
 */
final class Copy {
  /** One end of a copy. */
  sealed interface End {
    /** What messages call it. */
    String name();

    /** The size of a block in bytes. */
    int blockSize();

    /** Returns the size in bytes. */
    long bytes() throws IOException;
  }

  record FileEnd(FileChannel file) implements End {
    @Override
    public String name() {
      return "file";
    }

    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public long bytes() throws IOException {
      return file.size();
    }
  }

  record NamespaceEnd(Namespace namespace) implements End {
    @Override
    public String name() {
      return "namespace " + namespace.id();
    }

    @Override
    public int blockSize() {
      return namespace.blockSize();
    }

    @Override
    public long bytes() {
      return namespace.bytes();
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final IoQueue queue;
  private final End from;
  private final End to;
  private final long total;
  private final int piece;
  private final IoBuffer buffer;
  private final Progress progress;
  private final IoHandler loaded = this::loaded;
  private final IoHandler stored = this::stored;
  private final long[] offsets;
  private long next;
  private long done;
  private @Nullable IOException failure;

  /**
   * Prepares a copy.
   *
   * @param total how many bytes
   * @param piece bytes of a piece: whole blocks of both ends
   * @param buffer a piece for each I/O in flight
   */
  Copy(IoQueue queue, End from, End to, long total, int piece, IoBuffer buffer, Progress progress) {
    this.queue = queue;
    this.from = from;
    this.to = to;
    this.total = total;
    this.piece = piece;
    this.buffer = buffer;
    this.progress = progress;
    offsets = new long[(int) (buffer.memory().byteSize() / piece)];
  }

  void run() throws IOException, InterruptedException {
    for (int i = 0; i < offsets.length; i++) {
      load(i);
    }
    // After a failure too: I/O in flight uses the buffer.
    while (queue.inFlight() > 0) {
      queue.await(PATIENCE);
      progress.show(done);
    }
    if (failure == null) {
      makeSafe();
    }
    if (failure != null) {
      throw failure;
    }
    progress.end();
  }

  /** Truncates a file after the copied bytes; flushes a namespace. */
  private void makeSafe() throws IOException, InterruptedException {
    switch (to) {
      case FileEnd(FileChannel file) -> file.truncate(total);
      case NamespaceEnd(Namespace namespace) -> {
        queue.flush(namespace, 0, (_, status) -> succeeded("flush", to, status));
        while (queue.inFlight() > 0) {
          queue.await(PATIENCE);
        }
      }
    }
  }

  private void load(int i) {
    while (next < total && failure == null) {
      offsets[i] = next;
      next += piece;
      switch (from) {
        case NamespaceEnd(Namespace namespace) -> {
          queue.read(namespace, lba(from, i), blocks(from, i), buffer, at(i), i, loaded);
          return;
        }
        case FileEnd(FileChannel file) -> {
          if (!readFile(file, i) || !store(i)) {
            return;
          }
        }
      }
    }
  }

  private void loaded(long i, int status) {
    if (succeeded("read", from, status) && failure == null && store((int) i)) {
      load((int) i);
    }
  }

  /** Starts to write a piece; returns true if that completed at once. */
  private boolean store(int i) {
    return switch (to) {
      case NamespaceEnd(Namespace namespace) -> {
        queue.write(namespace, lba(to, i), blocks(to, i), buffer, at(i), i, stored);
        yield false;
      }
      case FileEnd(FileChannel file) -> writeFile(file, i);
    };
  }

  private void stored(long i, int status) {
    if (succeeded("write", to, status)) {
      done += length((int) i);
      load((int) i);
    }
  }

  private boolean succeeded(String what, End end, int status) {
    if (status != NvmeStatus.SUCCESS && failure == null) {
      failure = new NvmeException(what + " " + end.name(), status);
    }
    return status == NvmeStatus.SUCCESS;
  }

  private long at(int i) {
    return (long) i * piece;
  }

  private int length(int i) {
    return (int) Math.min(piece, total - offsets[i]);
  }

  private long lba(End end, int i) {
    return offsets[i] / end.blockSize();
  }

  private int blocks(End end, int i) {
    return (length(i) + end.blockSize() - 1) / end.blockSize();
  }

  private boolean readFile(FileChannel file, int i) {
    MemorySegment memory = buffer.memory().asSlice(at(i), piece);
    if (length(i) < piece) {
      memory.fill((byte) 0); // the rest of the last block
    }
    ByteBuffer target = memory.asByteBuffer().limit(length(i));
    try {
      while (target.hasRemaining()) {
        if (file.read(target, offsets[i] + target.position()) < 0) {
          throw new IOException("the file was truncated during the copy");
        }
      }
      return true;
    } catch (IOException e) { // kept, as a handler may be running
      failure = e;
      return false;
    }
  }

  private boolean writeFile(FileChannel file, int i) {
    ByteBuffer source = buffer.memory().asSlice(at(i), length(i)).asByteBuffer();
    try {
      while (source.hasRemaining()) {
        file.write(source, offsets[i] + source.position());
      }
      done += length(i);
      return true;
    } catch (IOException e) {
      failure = e;
      return false;
    }
  }
}

package org.verbena.examples.nvmf;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;

/**
 * A namespace as a blocking channel of bytes, at any position and of any length, for programs that
 * use {@code java.nio}. Unlike {@link IoQueue} it copies data, and has one I/O in flight at a time.
 *
 * <p>A write of part of a block reads the block first. What was written survives a loss of power
 * after {@link #force}. Thread-safe; the queue belongs to the channel while it is open.
 */
public final class NamespaceChannel implements SeekableByteChannel {
  private static final int MAX_BUFFER = 1 << 20;
  private static final Duration PATIENCE = Duration.ofDays(1); // the queue itself times out sooner

  private final IoQueue queue;
  private final Namespace namespace;
  private final int blockSize;
  private final IoBuffer buffer;
  private final ByteBuffer bytes;
  private final IoHandler handler = this::ended;
  private long position;
  private boolean open = true;
  private boolean pending;
  private int status;

  /**
   * Opens a channel, at position 0.
   *
   * @param host the host, to allocate a buffer
   * @param controller the controller of the queue and the namespace
   * @param queue the queue to use
   * @param namespace the namespace
   * @throws IOException if the buffer cannot be registered
   */
  public NamespaceChannel(NvmfHost host, Controller controller, IoQueue queue, Namespace namespace)
      throws IOException {
    this.queue = queue;
    this.namespace = namespace;
    blockSize = namespace.blockSize();
    buffer = host.allocate(Math.min(MAX_BUFFER, controller.info().maxTransferSize()));
    bytes = buffer.memory().asByteBuffer();
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= size()) {
      return -1;
    }
    int total = 0;
    while (target.hasRemaining() && position < size()) {
      int skipped = (int) (position % blockSize);
      int length = lengthFrom(skipped, target.remaining());
      transfer(false, position / blockSize, 0, blocks(skipped + length));
      target.put(bytes.slice(skipped, length));
      position += length;
      total += length;
    }
    return total;
  }

  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    checkOpen();
    if (source.remaining() > size() - position) {
      throw new IOException(
          "%d bytes at byte %d do not fit in namespace %d, which has %d bytes"
              .formatted(source.remaining(), position, namespace.id(), size()));
    }
    int total = 0;
    while (source.hasRemaining()) {
      int skipped = (int) (position % blockSize);
      int length = lengthFrom(skipped, source.remaining());
      long lba = position / blockSize;
      int blocks = blocks(skipped + length);
      boolean partialEnd = (skipped + length) % blockSize != 0;
      if (skipped != 0 || (partialEnd && blocks == 1)) {
        transfer(false, lba, 0, 1);
      }
      if (partialEnd && blocks > 1) {
        transfer(false, lba + blocks - 1, blocks - 1, 1);
      }
      bytes.slice(skipped, length).put(source.slice(source.position(), length));
      transfer(true, lba, 0, blocks);
      source.position(source.position() + length);
      position += length;
      total += length;
    }
    return total;
  }

  /** The number of bytes that fit the buffer and the namespace. */
  private int lengthFrom(int skipped, int wanted) {
    return (int) Math.min(Math.min(wanted, bytes.capacity() - skipped), size() - position);
  }

  private int blocks(int length) {
    return (length + blockSize - 1) / blockSize;
  }

  private void transfer(boolean write, long lba, int atBlock, int blocks) throws IOException {
    long offset = (long) atBlock * blockSize;
    if (write) {
      await("write", queue.write(namespace, lba, blocks, buffer, offset, 0, handler));
    } else {
      await("read", queue.read(namespace, lba, blocks, buffer, offset, 0, handler));
    }
  }

  /**
   * Flushes: makes what was written survive a loss of power.
   *
   * @throws IOException if that fails
   */
  public synchronized void force() throws IOException {
    checkOpen();
    await("flush", queue.flush(namespace, 0, handler));
  }

  private void await(String what, boolean started) throws IOException {
    if (!started) {
      throw new IllegalStateException("the channel's queue is full of other I/O");
    }
    pending = true;
    boolean interrupted = false;
    while (pending) {
      try {
        queue.await(PATIENCE);
      } catch (InterruptedException _) {
        interrupted = true; // the device owns the buffer until the I/O has ended
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (status != NvmeStatus.SUCCESS) {
      throw new NvmeException("%s namespace %d".formatted(what, namespace.id()), status);
    }
    if (interrupted) {
      throw new InterruptedIOException("interrupted");
    }
  }

  private void ended(long context, int newStatus) {
    status = newStatus;
    pending = false;
  }

  @Override
  public synchronized long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public synchronized NamespaceChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position must not be negative: " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return namespace.bytes();
  }

  /** Always throws, as a namespace cannot change its size. */
  @Override
  public NamespaceChannel truncate(long size) throws IOException {
    throw new IOException("a namespace cannot change its size");
  }

  private void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized boolean isOpen() {
    return open;
  }

  /** Closes the channel; the queue is free for other use. */
  @Override
  public synchronized void close() {
    open = false;
    buffer.close();
  }
}

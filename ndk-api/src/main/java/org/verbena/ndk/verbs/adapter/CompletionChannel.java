package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.FileFlags;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_comp_channel;

/**
 * A file on which completion queues tell that they have what they were armed for ({@code
 * ibv_comp_channel}). Read by one thread at a time.
 */
public final class CompletionChannel implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment queue = arena.allocate(RdmaCore.C_POINTER);
  private final MemorySegment cookie = arena.allocate(JAVA_LONG);
  private final MemorySegment channel;
  private final CookieTable<CompletionTarget> queues;

  private CompletionChannel(MemorySegment channel, CookieTable<CompletionTarget> queues) {
    this.channel = channel;
    this.queues = queues;
  }

  /**
   * Creates one whose reads never block.
   *
   * @param queues the completion queues by their cookie
   */
  public static CompletionChannel create(
      MemorySegment context, CookieTable<CompletionTarget> queues) throws ErrnoException {
    MemorySegment channel = VerbsControl.ibv_create_comp_channel(context);
    boolean created = false;
    try {
      FileFlags.setNonBlocking(ibv_comp_channel.fd(channel));
      CompletionChannel completions = new CompletionChannel(channel, queues);
      created = true;
      return completions;
    } finally {
      if (!created) {
        destroy(channel);
      }
    }
  }

  private static void destroy(MemorySegment channel) {
    int file = ibv_comp_channel.fd(channel);
    if (RdmaCore.ibv_destroy_comp_channel(channel) != 0) {
      RdmaCore.close(file); // it would keep the device open
    }
  }

  public MemorySegment channel() {
    return channel;
  }

  public int file() {
    return ibv_comp_channel.fd(channel);
  }

  /**
   * Reads and acknowledges one event, and tells its queue. Allocates nothing.
   *
   * @throws ErrnoException EAGAIN if there is none
   */
  public void take() throws ErrnoException {
    if (RdmaCore.ibv_get_cq_event(channel, queue, cookie) != 0) {
      VerbsControl.ibv_get_cq_event(channel, queue, cookie); // for its errno
    }
    CompletionTarget target = queues.get(cookie.get(JAVA_LONG, 0));
    RdmaCore.ibv_ack_cq_events(target == null ? MemoryShortage.pointerAt(queue) : target.cq(), 1);
    if (target != null) {
      target.completionEvent();
    }
  }

  @Override
  public void close() {
    destroy(channel);
    arena.close();
  }
}

package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/**
 * Lets one thread sleep until one of several files is ready, or until it is woken: {@code epoll}
 * and an {@code eventfd}.
 *
 * <p>Only {@link #wakeup} and what says so may be called by other threads, and not once this is
 * closed.
 */
public final class EventSelector implements AutoCloseable {
  /** The result of {@link #select} when no file is ready. */
  public static final int NONE = -1;

  /** The result of {@link #select} when it has been woken. */
  public static final int WOKEN = -2;

  /** For {@link #select}: sleeps until something comes. */
  public static final int FOR_EVER = -1;

  // struct epoll_event: packed on x86-64, where its 8 bytes of data start at 4, elsewhere at 8. So
  // a key at 8 is in them everywhere.
  static final int EVENT_BYTES = 16;
  private static final int EVENTS = 0;
  private static final int KEY = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment event = arena.allocate(EVENT_BYTES + Long.BYTES, Long.BYTES);
  private final MemorySegment counter = event.asSlice(EVENT_BYTES);
  private final int wakeFile;
  private final int epoll;

  /**
   * Watches files for reading.
   *
   * @param files {@link #select} returns an index into these
   */
  public EventSelector(int... files) throws NdkException {
    wakeFile = RdmaCore.eventfd(0, RdmaCore.EFD_CLOEXEC() | RdmaCore.EFD_NONBLOCK());
    epoll = RdmaCore.epoll_create1(RdmaCore.EPOLL_CLOEXEC());
    boolean complete = register(event, wakeFile, WOKEN);
    for (int i = 0; i < files.length; i++) {
      complete &= register(event, files[i], i);
    }
    if (!complete) {
      close();
      throw new NdkException(
          NdkStatus.INSUFFICIENT_RESOURCES, "out of file descriptors (ulimit -n): eventfd, epoll");
    }
  }

  /** For memory that is used as long as this is open. */
  Arena arena() {
    return arena;
  }

  /** The file by which another selector can watch this one: ready when a select would return. */
  public int file() {
    return epoll;
  }

  /**
   * Watches another file for reading. Any thread may call it.
   *
   * @param event scratch memory of {@link #EVENT_BYTES}
   * @param key what {@link #select} returns for it
   * @return false if the system has no room for it
   */
  boolean register(MemorySegment event, int file, int key) {
    event.set(JAVA_INT, EVENTS, RdmaCore.EPOLLIN());
    event.set(JAVA_INT, KEY, key);
    return RdmaCore.epoll_ctl(epoll, RdmaCore.EPOLL_CTL_ADD(), file, event) == 0;
  }

  /** Stops watching a file. Any thread may call it. */
  public void deregister(int file) {
    RdmaCore.epoll_ctl(epoll, RdmaCore.EPOLL_CTL_DEL(), file, event);
  }

  /**
   * Returns when a file is ready, this is woken, or a signal comes. Files that are ready at once
   * take turns. Allocates nothing.
   *
   * @param milliseconds how long it sleeps at most, 0 to return at once, or {@link #FOR_EVER}
   * @return the index of a file that is ready, {@link #WOKEN}, or {@link #NONE}
   */
  public int select(int milliseconds) {
    if (RdmaCore.epoll_wait(epoll, event, 1, milliseconds) != 1) {
      return NONE;
    }
    int key = event.get(JAVA_INT, KEY);
    if (key == WOKEN) {
      RdmaCore.eventfd_read(wakeFile, counter);
    }
    return key;
  }

  /** Ends a {@link #select} that sleeps, or the next one. */
  public void wakeup() {
    RdmaCore.eventfd_write(wakeFile, 1);
  }

  @Override
  public void close() {
    RdmaCore.close(epoll);
    RdmaCore.close(wakeFile);
    arena.close();
  }
}

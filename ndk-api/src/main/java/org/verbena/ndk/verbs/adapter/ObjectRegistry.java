package org.verbena.ndk.verbs.adapter;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.verbena.ndk.NdkObject;
import org.verbena.ndk.NdkObjectType;

/**
 * The objects of an adapter that are not yet destroyed: closed with it, and notified when its
 * device is gone. Thread-safe.
 */
public final class ObjectRegistry {
  /** An object of an adapter. */
  interface Member extends NdkObject {
    /** Completes what is pending, as the device is gone; control thread only. */
    void deviceRemoved();

    boolean isClosed();
  }

  /** Notified first: when the consumer is told of the loss by others, they take no requests. */
  private static final Set<NdkObjectType> QUEUES = Set.of(NdkObjectType.QP, NdkObjectType.SRQ);

  // Guarded by this.
  private final Set<Member> members = new HashSet<>();
  private final Set<Member> inCreation = new HashSet<>(); // of them
  private boolean published; // one, since awaitOpen last looked
  private boolean closing;

  private volatile boolean removed;

  /** Adds an object that is being created; false if the adapter is closing. */
  synchronized boolean add(Member member) {
    if (closing) {
      return false;
    }
    try {
      return members.add(member) && inCreation.add(member);
    } catch (OutOfMemoryError e) {
      remove(member);
      throw e;
    }
  }

  /** Marks an object as complete; false if the device has been removed. */
  synchronized boolean publish(Member member) {
    inCreation.remove(member);
    published = true;
    notifyAll();
    return !removed;
  }

  synchronized void remove(Member member) {
    members.remove(member);
    inCreation.remove(member);
    notifyAll();
  }

  boolean isRemoved() {
    return removed;
  }

  /** Marks the device as removed and returns the objects to notify, in this order. */
  synchronized List<Member> removeDevice() {
    List<Member> complete =
        complete().stream()
            .sorted(Comparator.comparing(member -> !QUEUES.contains(member.objectType())))
            .toList();
    removed = true;
    return complete;
  }

  private List<Member> complete() {
    return members.stream().filter(member -> !inCreation.contains(member)).toList();
  }

  public synchronized boolean isClosing() {
    return closing;
  }

  /** Admits no more objects; false if already closing. */
  public synchronized boolean startClosing() {
    boolean first = !closing;
    closing = true;
    return first;
  }

  /** Undoes {@link #startClosing}. */
  public synchronized void cancelClosing() {
    closing = false;
  }

  /** Closes all objects and waits until they are gone. */
  void closeAll() {
    lookAgain(); // memory may have run out before
    for (List<Member> open = awaitOpen(); !open.isEmpty(); open = awaitOpen()) {
      open.forEach(Member::close);
    }
  }

  private synchronized void lookAgain() {
    published = true;
  }

  /** Waits until some are open, and returns them; none once all are gone. */
  private synchronized List<Member> awaitOpen() {
    while (!members.isEmpty()) {
      if (published) {
        List<Member> open = complete().stream().filter(member -> !member.isClosed()).toList();
        published = false; // last, so that it is done again if memory has run out
        if (!open.isEmpty()) {
          return open;
        }
      }
      try {
        wait();
      } catch (InterruptedException e) {
        // The thread is the adapter's own, and closing must finish.
      }
    }
    return List.of();
  }
}

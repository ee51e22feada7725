package org.verbena.ndk.verbs.adapter;

/** An object that asynchronous events identify by its native address. */
public interface AsyncEventTarget {
  /**
   * Reacts to an event; control thread only.
   *
   * @param type IBV_EVENT_*
   */
  void asyncEvent(int type);
}

package org.verbena.ndk.verbs.adapter;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Objects by the cookie that events carry. A lookup allocates nothing, where a map would box its
 * key; a change copies the table. Thread-safe.
 */
public final class CookieTable<T> {
  private record Entries<T>(long[] cookies, T[] objects) {}

  private volatile Entries<T> entries;

  @SuppressWarnings("unchecked")
  CookieTable() {
    entries = new Entries<>(new long[0], (T[]) new Object[0]);
  }

  /** The object of a cookie, or null. */
  public @Nullable T get(long cookie) {
    Entries<T> now = entries;
    int index = Arrays.binarySearch(now.cookies, cookie);
    return index < 0 ? null : now.objects[index];
  }

  public List<T> all() {
    return List.of(entries.objects);
  }

  /**
   * Adds an object.
   *
   * @param cookie one that is not in the table
   */
  public synchronized void put(long cookie, T object) {
    int index = -1 - Arrays.binarySearch(entries.cookies, cookie);
    int count = entries.cookies.length;
    long[] cookies = Arrays.copyOf(entries.cookies, count + 1);
    T[] objects = Arrays.copyOf(entries.objects, count + 1);
    System.arraycopy(cookies, index, cookies, index + 1, count - index);
    System.arraycopy(objects, index, objects, index + 1, count - index);
    cookies[index] = cookie;
    objects[index] = object;
    entries = new Entries<>(cookies, objects);
  }

  /** Removes the object of a cookie, if present. */
  public synchronized void remove(long cookie) {
    int index = Arrays.binarySearch(entries.cookies, cookie);
    if (index < 0) {
      return;
    }
    int last = entries.cookies.length - 1;
    long[] cookies = entries.cookies.clone();
    T[] objects = entries.objects.clone();
    System.arraycopy(cookies, index + 1, cookies, index, last - index);
    System.arraycopy(objects, index + 1, objects, index, last - index);
    entries = new Entries<>(Arrays.copyOf(cookies, last), Arrays.copyOf(objects, last));
  }
}

package org.verbena.ndk.verbs;

import java.util.function.Consumer;

/**
 * A hash table from int to object that allocates nothing when asked, for keys that completions
 * bring. Not thread-safe.
 */
final class IntTable<T> {
  private int[] keys = new int[8]; // as long as values: a power of two, at least 2
  private Object[] values = new Object[8];
  private int count;

  /** The object of a key, or null. */
  @SuppressWarnings("unchecked")
  T get(int key) {
    return (T) values[find(key)];
  }

  void put(int key, T value) {
    int index = find(key);
    if (values[index] == null) {
      count++;
    }
    keys[index] = key;
    values[index] = value;
    if (2 * count > values.length) {
      rehash(2 * values.length);
    }
  }

  void remove(int key) {
    int gap = find(key);
    if (values[gap] == null) {
      return;
    }
    count--;
    int mask = values.length - 1;
    // A gap would end searches too early: what was put behind it for want of a place moves up.
    for (int i = gap + 1 & mask; values[i] != null; i = i + 1 & mask) {
      if ((i - home(keys[i]) & mask) >= (i - gap & mask)) {
        keys[gap] = keys[i];
        values[gap] = values[i];
        gap = i;
      }
    }
    values[gap] = null;
  }

  @SuppressWarnings("unchecked")
  void forEach(Consumer<T> action) {
    for (Object value : values.clone()) {
      if (value != null) {
        action.accept((T) value);
      }
    }
  }

  /** Where a key is, or the free place it would take. */
  private int find(int key) {
    int mask = values.length - 1;
    int index = home(key);
    while (values[index] != null && keys[index] != key) {
      index = index + 1 & mask;
    }
    return index;
  }

  /** Where the search for a key starts: as many of the product's upper bits as are needed. */
  private int home(int key) {
    return (key * 0x9E37_79B9) >>> (Integer.numberOfLeadingZeros(values.length) + 1);
  }

  private void rehash(int capacity) {
    int[] oldKeys = keys;
    Object[] oldValues = values;
    keys = new int[capacity];
    values = new Object[capacity];
    for (int i = 0; i < oldValues.length; i++) {
      if (oldValues[i] != null) {
        int index = find(oldKeys[i]);
        keys[index] = oldKeys[i];
        values[index] = oldValues[i];
      }
    }
  }
}

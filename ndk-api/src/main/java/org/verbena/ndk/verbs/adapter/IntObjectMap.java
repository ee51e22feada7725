package org.verbena.ndk.verbs.adapter;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A hash map with int keys and linear probing, whose lookups allocate nothing. Not thread-safe. */
public final class IntObjectMap<T> {
  private int[] keys = new int[8]; // as long as values: a power of two, at least 2
  private @Nullable Object[] values = new Object[8];
  private int count;

  /** The object of a key, or null. */
  @SuppressWarnings("unchecked")
  public @Nullable T get(int key) {
    return (T) values[find(key)];
  }

  public void put(int key, T value) {
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

  public void remove(int key) {
    int gap = find(key);
    if (values[gap] == null) {
      return;
    }
    count--;
    int mask = values.length - 1;
    // A gap would end probe sequences early: entries that probed past it move up.
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
  public void forEach(Consumer<T> action) {
    for (Object value : values.clone()) {
      if (value != null) {
        action.accept((T) value);
      }
    }
  }

  /** The index of a key, or the free one where it would go. */
  private int find(int key) {
    int mask = values.length - 1;
    int index = home(key);
    while (values[index] != null && keys[index] != key) {
      index = index + 1 & mask;
    }
    return index;
  }

  /** Where probing for a key starts: the upper bits of a multiplicative hash. */
  private int home(int key) {
    return (key * 0x9E37_79B9) >>> (Integer.numberOfLeadingZeros(values.length) + 1);
  }

  private void rehash(int capacity) {
    int[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    int[] newKeys = new int[capacity];
    values = new Object[capacity]; // there is memory for both
    keys = newKeys;
    for (int i = 0; i < oldValues.length; i++) {
      if (oldValues[i] != null) {
        int index = find(oldKeys[i]);
        keys[index] = oldKeys[i];
        values[index] = oldValues[i];
      }
    }
  }
}

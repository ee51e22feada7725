package org.verbena.examples.nvmf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Identifies namespaces, and caches what the controller returned. Thread-safe. */
final class Namespaces {
  /** {@link AdminQueue#identify}. */
  @FunctionalInterface
  interface Identify {
    MemorySegment identify(int kind, int namespace) throws IOException;
  }

  private final Map<Integer, Namespace> known = new ConcurrentHashMap<>();

  /** The ids of the active namespaces. */
  static List<Integer> ids(Identify admin) throws IOException {
    List<Integer> ids = new ArrayList<>();
    int last = 0;
    while (true) {
      MemorySegment list = admin.identify(AdminQueue.IDENTIFY_ACTIVE_NAMESPACES, last);
      for (long at = 0; at < AdminQueue.DATA_SIZE; at += Integer.BYTES) {
        int id = list.get(Layout.U32, at);
        if (id == 0) {
          return ids;
        }
        ids.add(id);
        last = id;
      }
    }
  }

  /** The active namespaces that this host supports. */
  List<Namespace> usable(Identify admin) throws IOException {
    List<Namespace> usable = new ArrayList<>();
    for (int id : ids(admin)) {
      try {
        usable.add(get(admin, id));
      } catch (NvmeException _) {
        // Not supported, or removed since.
      }
    }
    return usable;
  }

  Namespace get(Identify admin, int id) throws IOException {
    Namespace namespace = query(admin, id);
    known.put(id, namespace);
    return namespace;
  }

  private static Namespace query(Identify admin, int id) throws IOException {
    MemorySegment data = admin.identify(AdminQueue.IDENTIFY_NAMESPACE, id);
    return Namespace.of(id, data, descriptors(admin, id));
  }

  private static MemorySegment descriptors(Identify admin, int id) throws IOException {
    try {
      return admin.identify(AdminQueue.IDENTIFY_DESCRIPTORS, id);
    } catch (NvmeException e) {
      if (e.status() != NvmeStatus.INVALID_FIELD) {
        throw e;
      }
      return MemorySegment.NULL; // a target of NVMe 1.2 has none
    }
  }

  /**
   * Checks that the ids still name the same namespaces, before I/O is sent again to them.
   *
   * @throws NvmeException if an id names another namespace now
   */
  void check(Identify admin) throws IOException {
    for (Namespace before : known.values()) {
      Namespace now;
      try {
        now = query(admin, before.id());
      } catch (NvmeException e) {
        if (e.status() != NvmeStatus.INVALID_NAMESPACE) {
          throw e;
        }
        continue; // removed: the target fails the I/O
      }
      if (!now.isStill(before)) {
        throw new NvmeException(
            "reconnect",
            NvmeStatus.INVALID_NAMESPACE,
            "namespace %d is no longer the same".formatted(before.id()),
            true);
      }
    }
  }
}

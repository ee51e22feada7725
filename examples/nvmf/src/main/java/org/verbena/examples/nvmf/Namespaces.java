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

  private final Map<Integer, Namespace> told = new ConcurrentHashMap<>();

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

  /** The active namespaces that can be used. */
  List<Namespace> usable(Identify admin) throws IOException {
    List<Namespace> usable = new ArrayList<>();
    for (int id : ids(admin)) {
      try {
        usable.add(get(admin, id));
      } catch (NvmeException _) {
        // It is not supported here, or has been removed since.
      }
    }
    return usable;
  }

  Namespace get(Identify admin, int id) throws IOException {
    Namespace namespace = ask(admin, id);
    told.put(id, namespace);
    return namespace;
  }

  private static Namespace ask(Identify admin, int id) throws IOException {
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
   * Checks that the ids still name the same disks, as I/O is sent again to them.
   *
   * @throws NvmeException if an id names another disk now
   */
  void check(Identify admin) throws IOException {
    for (Namespace before : told.values()) {
      Namespace now;
      try {
        now = ask(admin, before.id());
      } catch (NvmeException e) {
        if (e.status() != NvmeStatus.INVALID_NAMESPACE) {
          throw e;
        }
        continue; // it was removed, and the target fails the I/O
      }
      if (!now.isStill(before)) {
        throw new NvmeException(
            "connect again",
            NvmeStatus.INVALID_NAMESPACE,
            "namespace %d is another disk than before".formatted(before.id()),
            true);
      }
    }
  }
}

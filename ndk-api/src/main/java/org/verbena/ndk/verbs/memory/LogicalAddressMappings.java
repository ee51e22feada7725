package org.verbena.ndk.verbs.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkLogicalAddressMapping;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.MemoryShortage;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * The logical address mappings of an adapter. Verbs registers memory in one protection domain, but
 * a mapping belongs to all: each is registered in every domain that has joined.
 */
public final class LogicalAddressMappings {
  /** The memory of a mapping that is in use. */
  private static final class Mapping {
    final MemorySegment memory;
    boolean built;

    Mapping(MemorySegment memory) {
      this.memory = memory;
    }
  }

  /** A claim must not wait for a registration, so the map has a monitor of its own. */
  private final Map<NdkLogicalAddressMapping, Mapping> mappings =
      Collections.synchronizedMap(new IdentityHashMap<>());

  private final Set<MappingRegions> users = new LinkedHashSet<>();

  /** Claims a mapping; false if it is in use. */
  public boolean claim(NdkLogicalAddressMapping lam, MemorySegment memory) {
    return mappings.putIfAbsent(lam, new Mapping(memory)) == null;
  }

  /** Undoes a claim. */
  public void abandon(NdkLogicalAddressMapping lam) {
    mappings.remove(lam);
  }

  /** Registers a claimed mapping in every domain, or in none. */
  public synchronized void build(NdkLogicalAddressMapping lam) throws NdkException {
    Mapping mapping = Objects.requireNonNull(mappings.get(lam), "claimed before");
    MemoryShortage.Step<Set<MappingRegions>, RuntimeException> undo =
        all -> all.forEach(user -> user.remove(lam));
    try {
      if (!mapping.memory.scope().isAlive() || mapping.memory.isReadOnly()) {
        throw new NdkException(
            NdkStatus.ACCESS_VIOLATION, "the memory is read-only, or its arena was closed");
      }
      for (MappingRegions user : users) {
        user.add(lam, mapping.memory);
      }
      layOut(lam.segment(), mapping.memory);
      mapping.built = true;
    } catch (ErrnoException e) {
      throw Statuses.exception("build a logical address mapping", e);
    } finally {
      if (!mapping.built) {
        mappings.remove(lam);
        MemoryShortage.outlast(undo, users);
      }
    }
  }

  private static void layOut(MemorySegment target, MemorySegment memory) {
    long address = memory.address();
    long page = address - address % NdkLogicalAddressMapping.PAGE_SIZE;
    int count = (int) NdkLogicalAddressMapping.pages(memory);
    target.set(JAVA_LONG, 0, address);
    target.set(JAVA_INT, 8, count);
    for (int i = 0; i < count; i++) {
      target.set(JAVA_LONG, 16 + 8L * i, page + (long) i * NdkLogicalAddressMapping.PAGE_SIZE);
    }
  }

  public synchronized void release(NdkLogicalAddressMapping lam) {
    Mapping mapping = mappings.get(lam);
    if (mapping == null || !mapping.built) {
      throw new IllegalStateException("the mapping has not been built");
    }
    if (!MappingRegions.removeUnlessRegistered(lam, List.copyOf(users))) {
      throw new IllegalStateException("a fast registration on the mapping is still valid");
    }
    mappings.remove(lam);
  }

  /** Registers all mappings in a protection domain, from here on. */
  synchronized void join(MappingRegions user) throws ErrnoException {
    if (users.contains(user)) {
      return;
    }
    try {
      for (NdkLogicalAddressMapping lam : mappings()) {
        Mapping mapping = mappings.get(lam);
        if (mapping != null && mapping.built) {
          user.add(lam, mapping.memory);
        }
      }
      users.add(user);
    } finally {
      if (!users.contains(user)) {
        user.removeAll();
      }
    }
  }

  /** Deregisters all mappings of a protection domain that is being destroyed. */
  synchronized void leave(MappingRegions user) {
    users.remove(user);
    user.removeAll();
  }

  private List<NdkLogicalAddressMapping> mappings() {
    synchronized (mappings) {
      return List.copyOf(mappings.keySet());
    }
  }
}

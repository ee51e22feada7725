package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mr;
import org.verbena.ndk.NdkLogicalAddressMapping;
import org.verbena.ndk.verbs.adapter.AdapterContext;

/**
 * The logical address mappings as regions of one protection domain; changed by {@link
 * LogicalAddressMappings}. Its monitor is held while a region is fast-registered, so that the
 * mapping is not released meanwhile.
 */
public final class MappingRegions {
  /** The privileged token; no driver assigns it to a region. */
  public static final int PRIVILEGED_TOKEN = -1;

  private static final Region[] NONE = {};
  private static final int ACCESS =
      RdmaCore.IBV_ACCESS_LOCAL_WRITE() | RdmaCore.IBV_ACCESS_MW_BIND();

  /** A mapping registered in this domain. */
  public record Region(
      NdkLogicalAddressMapping lam, MemorySegment mr, long start, long end, int lkey)
      implements AdapterContext.Destruction {
    @Override
    public void run() throws ErrnoException {
      VerbsControl.ibv_dereg_mr(mr);
    }

    private boolean contains(long address, long length) {
      return address >= start && length <= end - address;
    }
  }

  /** A fast-register region of the protection domain. */
  interface User {
    /** Whether a registration without remote access is valid on a mapping. */
    boolean isLocallyOn(Region region);
  }

  private final AdapterContext adapter;
  private final Windows windows;
  private final MemorySegment pd;
  private final Set<User> users = ConcurrentHashMap.newKeySet();
  private volatile Region[] regions = NONE; // read by posters, replaced as a whole

  MappingRegions(AdapterContext adapter, Windows windows, MemorySegment pd) {
    this.adapter = adapter;
    this.windows = windows;
    this.pd = pd;
  }

  void add(NdkLogicalAddressMapping lam, MemorySegment memory) throws ErrnoException {
    long start = memory.address();
    MemorySegment mr =
        VerbsControl.ibv_reg_mr(pd, MemorySegment.ofAddress(start), memory.byteSize(), ACCESS);
    try {
      add(new Region(lam, mr, start, start + memory.byteSize(), ibv_mr.lkey(mr)));
    } catch (OutOfMemoryError e) {
      VerbsControl.ibv_dereg_mr(mr);
      throw e;
    }
  }

  /** Not during the registration, for which posters would wait. */
  private synchronized void add(Region region) {
    List<Region> all = new ArrayList<>(List.of(regions));
    all.add(region);
    regions = all.toArray(Region[]::new);
  }

  /** Removes all mappings, as the domain is being destroyed. */
  void removeAll() {
    Region[] all;
    synchronized (this) {
      all = regions;
      regions = NONE;
    }
    for (Region region : all) {
      deregister(region);
    }
  }

  void remove(NdkLogicalAddressMapping lam) {
    List<Region> taken = new ArrayList<>();
    take(lam, taken);
    taken.forEach(this::deregister);
  }

  /** Takes the regions of a mapping, or none if there is no memory. */
  private synchronized void take(NdkLogicalAddressMapping lam, List<Region> taken) {
    List<Region> rest = new ArrayList<>();
    List<Region> own = new ArrayList<>();
    for (Region region : regions) {
      (region.lam == lam ? own : rest).add(region);
    }
    Region[] left = rest.toArray(Region[]::new);
    taken.addAll(own);
    regions = left;
  }

  private void deregister(Region region) {
    adapter.destroy("the region of a logical address mapping", region);
  }

  /** Whether a fast registration on it is valid. */
  private boolean isRegistered(NdkLogicalAddressMapping lam) {
    for (Region region : regions) {
      if (region.lam == lam
          && (windows.anyBoundTo(region)
              || users.stream().anyMatch(user -> user.isLocallyOn(region)))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Removes a mapping from several domains, or from none if a fast registration on it is valid in
   * one; from some if there is no memory, and then from the others when it is done again. Nothing
   * is fast-registered in the domains meanwhile.
   */
  static boolean removeUnlessRegistered(
      NdkLogicalAddressMapping lam, List<MappingRegions> domains) {
    List<Region> taken = new ArrayList<>();
    try {
      return takeUnlessRegistered(lam, domains, taken);
    } finally {
      for (Region region : taken) {
        domains.getFirst().deregister(region); // outside all monitors
      }
    }
  }

  private static boolean takeUnlessRegistered(
      NdkLogicalAddressMapping lam, List<MappingRegions> domains, List<Region> taken) {
    if (domains.isEmpty()) {
      return true;
    }
    MappingRegions first = domains.getFirst();
    synchronized (first) {
      boolean takes =
          !first.isRegistered(lam)
              && takeUnlessRegistered(lam, domains.subList(1, domains.size()), taken);
      if (takes) {
        first.take(lam, taken);
      }
      return takes;
    }
  }

  /** The fast-register regions of the domain that exist. */
  Set<User> users() {
    return users;
  }

  /** The region that contains these bytes, or null. */
  public @Nullable Region find(long address, long length) {
    for (Region region : regions) {
      if (region.contains(address, length)) {
        return region;
      }
    }
    return null;
  }
}

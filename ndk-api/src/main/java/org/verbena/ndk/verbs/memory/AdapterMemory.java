package org.verbena.ndk.verbs.memory;

import org.verbena.ndk.verbs.adapter.AdapterContext;

/** The memory windows and logical address mappings of an adapter, for all protection domains. */
public final class AdapterMemory {
  private final Windows windows;
  private final LogicalAddressMappings mappings = new LogicalAddressMappings();

  public AdapterMemory(AdapterContext adapter) {
    windows = new Windows(adapter);
  }

  public Windows windows() {
    return windows;
  }

  public LogicalAddressMappings mappings() {
    return mappings;
  }
}

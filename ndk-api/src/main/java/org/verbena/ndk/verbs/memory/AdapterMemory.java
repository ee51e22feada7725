package org.verbena.ndk.verbs.memory;

/** The memory windows and logical address mappings of an adapter, for all protection domains. */
public final class AdapterMemory {
  private final Windows windows = new Windows();
  private final LogicalAddressMappings mappings = new LogicalAddressMappings();

  public Windows windows() {
    return windows;
  }

  public LogicalAddressMappings mappings() {
    return mappings;
  }
}

package org.verbena.ndk.verbs;

/** The memory windows and logical address mappings of an adapter, for all protection domains. */
final class AdapterMemory {
  private final Windows windows = new Windows();
  private final LogicalAddressMappings mappings = new LogicalAddressMappings();

  Windows windows() {
    return windows;
  }

  LogicalAddressMappings mappings() {
    return mappings;
  }
}

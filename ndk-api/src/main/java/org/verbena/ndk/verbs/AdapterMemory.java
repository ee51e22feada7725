package org.verbena.ndk.verbs;

/** The memory windows and logical address mappings of an adapter, for all protection domains. */
final class AdapterMemory {
  private final Windows windows = new Windows();
  private final Lams mappings = new Lams();

  Windows windows() {
    return windows;
  }

  Lams mappings() {
    return mappings;
  }
}

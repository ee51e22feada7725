package org.verbena.binding;

import static java.lang.foreign.ValueLayout.ADDRESS;

import org.verbena.binding.rdma.ibv_context;

/** What the binding uses that differs between processor architectures. */
enum Architecture {
  X86_64(40, 324),
  AARCH64(48, 283);

  static final Architecture CURRENT =
      System.getProperty("os.arch").equals("aarch64") ? AARCH64 : X86_64;

  private final long mutexBytes;
  private final long membarrier;

  Architecture(long mutexBytes, long membarrier) {
    this.mutexBytes = mutexBytes;
    this.membarrier = membarrier;
  }

  /** The number of the system call {@code membarrier}. */
  long membarrier() {
    return membarrier;
  }

  /** The size of a {@code pthread_mutex_t}. */
  long mutexBytes() {
    return mutexBytes;
  }

  /** The offset of {@code ibv_context.abi_compat}, behind a {@code pthread_mutex_t}. */
  long abiCompatOffset() {
    return ibv_context.mutex$offset() + mutexBytes;
  }

  /** The size of {@code struct ibv_context}, of which {@code abi_compat} is the last member. */
  long contextBytes() {
    return abiCompatOffset() + ADDRESS.byteSize();
  }
}

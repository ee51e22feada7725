package org.verbena.binding;

import static java.lang.foreign.ValueLayout.ADDRESS;

import org.verbena.binding.rdma.ibv_context;

/** What differs between processors, of all that the binding uses. */
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

  /** The system call's number. */
  long membarrier() {
    return membarrier;
  }

  /** The size of a {@code pthread_mutex_t}. */
  long mutexBytes() {
    return mutexBytes;
  }

  /** Where {@code ibv_context.abi_compat} is, behind a {@code pthread_mutex_t}. */
  long abiCompatOffset() {
    return ibv_context.mutex$offset() + mutexBytes;
  }

  /** The size of {@code struct ibv_context}, of which {@code abi_compat} is the last member. */
  long contextBytes() {
    return abiCompatOffset() + ADDRESS.byteSize();
  }
}

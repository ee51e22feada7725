package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/** A protection domain, as its objects know it. */
public abstract class ProtectionDomain extends VerbsObject {
  private final AdapterMemory memory;

  @SuppressWarnings("NullAway.Init") // by make
  private MemorySegment pd;

  @SuppressWarnings("NullAway.Init") // by make
  private MappingRegions mappingRegions;

  public ProtectionDomain(AdapterContext adapter, AdapterMemory memory) {
    super(adapter);
    this.memory = memory;
  }

  /** Creates the native protection domain. */
  protected final void make() throws NdkException {
    try {
      pd = VerbsControl.ibv_alloc_pd(adapter.context());
    } catch (ErrnoException e) {
      throw Statuses.exception("create a protection domain", e);
    }
    mappingRegions = new MappingRegions(adapter, memory.windows(), pd);
  }

  public final MemorySegment pd() {
    return pd;
  }

  public final AdapterMemory memory() {
    return memory;
  }

  public final MappingRegions mappingRegions() {
    return mappingRegions;
  }

  /** Registers all logical address mappings in this domain, from here on. */
  public final void joinMappings() throws NdkException {
    if (!acquire()) {
      throw new NdkException(NdkStatus.INVALID_HANDLE, this + " has been closed");
    }
    try {
      memory.mappings().join(mappingRegions);
    } catch (ErrnoException e) {
      throw Statuses.exception("register the logical address mappings", e);
    } finally {
      release();
    }
  }

  /** Deregistration of the mappings may be slow. */
  @Override
  protected Executor destroyer() {
    return adapter.memoryExecutor();
  }

  @Override
  protected void destroy() {
    if (mappingRegions != null) {
      memory.mappings().leave(mappingRegions);
    }
    if (pd != null) {
      adapter.destroy("a protection domain", () -> VerbsControl.ibv_dealloc_pd(pd));
    }
  }

  @Override
  protected MemorySegment handle() {
    return pd;
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.PD;
  }

  @Override
  public String toString() {
    return "protection domain of " + adapter;
  }
}

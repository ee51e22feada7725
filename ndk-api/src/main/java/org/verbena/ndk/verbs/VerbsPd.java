package org.verbena.ndk.verbs;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkSrq;
import org.verbena.ndk.NdkSrqNotification;
import org.verbena.ndk.NdkStatus;

/** A protection domain. */
final class VerbsPd extends VerbsObject implements NdkPd {
  private MappingRegions mappingRegions;
  private final AdapterMemory memory;
  private MemorySegment pd;

  private VerbsPd(AdapterContext adapter, AdapterMemory memory) throws NdkException {
    super(adapter);
    this.memory = memory;
  }

  static VerbsPd create(AdapterContext adapter, AdapterMemory memory) throws NdkException {
    VerbsPd pd = new VerbsPd(adapter, memory);
    try {
      pd.pd = VerbsControl.ibv_alloc_pd(adapter.context());
      pd.mappingRegions = new MappingRegions(adapter, memory.windows(), pd.pd);
      pd.publish();
      return pd;
    } catch (ErrnoException e) {
      pd.abandon();
      throw Statuses.exception("create a protection domain", e);
    }
  }

  MemorySegment pd() {
    return pd;
  }

  AdapterMemory memory() {
    return memory;
  }

  MappingRegions mappingRegions() {
    return mappingRegions;
  }

  @Override
  public NdkMr createMr(boolean fastRegister) throws NdkException {
    if (!fastRegister) {
      return new VerbsMr(this);
    }
    if (adapter.info().frmrPageCount() == 0) {
      throw new NdkException(NdkStatus.NOT_SUPPORTED, adapter + " has no fast registration");
    }
    joinMappings();
    return new VerbsFastMr(this);
  }

  @Override
  public NdkMw createMw() throws NdkException {
    return VerbsMw.create(this);
  }

  @Override
  public NdkSrq createSrq(
      int srqDepth, int maxReceiveRequestSge, int notifyThreshold, NdkSrqNotification notification)
      throws NdkException {
    return VerbsSrq.create(this, srqDepth, maxReceiveRequestSge, notifyThreshold, notification);
  }

  @Override
  public int getPrivilegedMemoryRegionToken() throws NdkException {
    joinMappings();
    return MappingRegions.PRIVILEGED_TOKEN;
  }

  private void joinMappings() throws NdkException {
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

  @Override
  public NdkQp createQp(
      NdkCq receiveCq,
      NdkCq initiatorCq,
      long qpContext,
      int receiveQueueDepth,
      int initiatorQueueDepth,
      int maxReceiveRequestSge,
      int maxInitiatorRequestSge,
      int inlineDataSize)
      throws NdkException {
    return VerbsQp.create(
        this,
        receiveCq,
        initiatorCq,
        null,
        qpContext,
        new QpSizes(
            receiveQueueDepth,
            initiatorQueueDepth,
            maxReceiveRequestSge,
            maxInitiatorRequestSge,
            inlineDataSize));
  }

  @Override
  public NdkQp createQpWithSrq(
      NdkCq receiveCq,
      NdkCq initiatorCq,
      NdkSrq srq,
      long qpContext,
      int initiatorQueueDepth,
      int maxInitiatorRequestSge,
      int inlineDataSize)
      throws NdkException {
    Objects.requireNonNull(srq, "srq");
    if (!(srq instanceof VerbsSrq own) || own.pd != this) {
      throw new NdkException(NdkStatus.INVALID_PARAMETER, "srq must be one of " + this);
    }
    return VerbsQp.create(
        this,
        receiveCq,
        initiatorCq,
        own,
        qpContext,
        QpSizes.withoutReceives(initiatorQueueDepth, maxInitiatorRequestSge, inlineDataSize));
  }

  @Override
  void destroy() {
    memory.mappings().leave(mappingRegions);
    try {
      VerbsControl.ibv_dealloc_pd(pd);
    } catch (ErrnoException e) {
      adapter.log("a protection domain could not be freed", e);
    }
  }

  @Override
  MemorySegment handle() {
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

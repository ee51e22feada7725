package org.verbena.ndk.verbs;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkSrq;
import org.verbena.ndk.NdkSrqNotification;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.memory.AdapterMemory;
import org.verbena.ndk.verbs.memory.MappingRegions;
import org.verbena.ndk.verbs.memory.ProtectionDomain;
import org.verbena.ndk.verbs.memory.VerbsFastMr;
import org.verbena.ndk.verbs.memory.VerbsMr;
import org.verbena.ndk.verbs.memory.VerbsMw;
import org.verbena.ndk.verbs.queue.VerbsQp;
import org.verbena.ndk.verbs.queue.VerbsSrq;

/** A protection domain, as the factory of its objects. */
final class VerbsPd extends ProtectionDomain implements NdkPd {
  private VerbsPd(AdapterContext adapter, AdapterMemory memory) {
    super(adapter, memory);
  }

  static VerbsPd create(AdapterContext adapter, AdapterMemory memory) throws NdkException {
    VerbsPd pd = new VerbsPd(adapter, memory);
    return create(pd, pd::make);
  }

  @Override
  public NdkMr createMr(boolean fastRegister) throws NdkException {
    if (!fastRegister) {
      return VerbsMr.create(this);
    }
    if (adapter.info().frmrPageCount() == 0) {
      throw new NdkException(NdkStatus.NOT_SUPPORTED, adapter + " has no fast registration");
    }
    joinMappings();
    return VerbsFastMr.create(this);
  }

  @Override
  public NdkMw createMw() throws NdkException {
    return VerbsMw.create(this);
  }

  @Override
  public NdkSrq createSrq(
      int srqDepth,
      int maxReceiveRequestSge,
      int notifyThreshold,
      @Nullable NdkSrqNotification notification)
      throws NdkException {
    return VerbsSrq.create(this, srqDepth, maxReceiveRequestSge, notifyThreshold, notification);
  }

  @Override
  public int getPrivilegedMemoryRegionToken() throws NdkException {
    joinMappings();
    return MappingRegions.PRIVILEGED_TOKEN;
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
        new NdkQpSizes(
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
        new NdkQpSizes(0, initiatorQueueDepth, 0, maxInitiatorRequestSge, inlineDataSize));
  }
}

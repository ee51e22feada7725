package org.verbena.ndk.verbs;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;

/** A protection domain. */
final class VerbsPd extends VerbsObject implements NdkPd {
  private MemorySegment pd;

  private VerbsPd(VerbsAdapter adapter) throws NdkException {
    super(adapter);
  }

  static VerbsPd create(VerbsAdapter adapter) throws NdkException {
    VerbsPd pd = new VerbsPd(adapter);
    try {
      pd.pd = VerbsControl.ibv_alloc_pd(adapter.context());
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

  @Override
  public NdkMr createMr() throws NdkException {
    return new VerbsMr(this);
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
        qpContext,
        new QpSizes(
            receiveQueueDepth,
            initiatorQueueDepth,
            maxReceiveRequestSge,
            maxInitiatorRequestSge,
            inlineDataSize));
  }

  @Override
  void destroy() {
    try {
      VerbsControl.ibv_dealloc_pd(pd);
    } catch (ErrnoException e) {
      adapter.log("a protection domain could not be freed", e);
    }
  }

  @Override
  public String toString() {
    return "protection domain of " + adapter;
  }
}

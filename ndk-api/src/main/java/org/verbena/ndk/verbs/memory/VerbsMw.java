package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/** A memory window. */
public final class VerbsMw extends VerbsObject implements NdkMw {
  public final ProtectionDomain pd;

  @SuppressWarnings("NullAway.Init") // by make
  private Window window;

  private VerbsMw(ProtectionDomain pd) {
    super(pd.adapter, pd);
    this.pd = pd;
  }

  public static VerbsMw create(ProtectionDomain pd) throws NdkException {
    if (pd.adapter.info().maxWindowSize() == 0) {
      throw new NdkException(NdkStatus.NOT_SUPPORTED, pd.adapter + " has no memory windows");
    }
    VerbsMw mw = new VerbsMw(pd);
    return create(mw, mw::make);
  }

  private void make() throws NdkException {
    try {
      window = pd.memory().windows().allocate(pd.pd());
    } catch (ErrnoException e) {
      throw Statuses.exception("create a memory window", e);
    }
  }

  public Window window() {
    return window;
  }

  @Override
  public int getRemoteTokenFromMw() {
    if (isClosed()) {
      throw closedException();
    }
    int token = window.token();
    if (token == 0) {
      throw new IllegalStateException("the window is not bound");
    }
    return token;
  }

  @Override
  public int lastRemoteToken() {
    if (isClosed()) {
      throw closedException();
    }
    return window.lastToken();
  }

  @Override
  protected void destroy() {
    if (window != null) {
      pd.memory().windows().free(window);
    }
  }

  @Override
  protected MemorySegment handle() {
    return window.handle();
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.MW;
  }

  @Override
  public String toString() {
    return "memory window of " + adapter;
  }
}

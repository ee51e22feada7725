package org.verbena.ndk.verbs.cm;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkSharedEndpoint;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/** A shared endpoint: an identifier that only holds the address. */
public final class VerbsSharedEndpoint extends VerbsObject implements NdkSharedEndpoint {
  private @Nullable CmId id; // control thread only

  @SuppressWarnings("NullAway.Init") // by create
  private InetSocketAddress localAddress;

  private VerbsSharedEndpoint(AdapterContext adapter) {
    super(adapter);
  }

  public static VerbsSharedEndpoint create(AdapterContext adapter, InetSocketAddress address)
      throws NdkException {
    Addresses.requireResolved(address, "address");
    VerbsSharedEndpoint endpoint = new VerbsSharedEndpoint(adapter);
    return create(endpoint, () -> endpoint.make(address));
  }

  private void make(InetSocketAddress address) throws NdkException {
    NdkException failure = adapter.controlAndWait(() -> bind(address));
    if (failure != null) {
      throw new NdkException(failure.status(), failure.detail(), failure);
    }
  }

  /** Returns the failure, or null. */
  private @Nullable NdkException bind(InetSocketAddress address) {
    boolean complete = false;
    try {
      CmId created = CmId.create(adapter, event -> {});
      id = created;
      created.bind(address); // exclusively first, to detect a conflict
      created.shareAddress();
      localAddress = Objects.requireNonNull(created.localAddress(), "bound");
      complete = true;
      return null;
    } catch (NdkException e) {
      return e;
    } catch (ErrnoException e) {
      return Statuses.exception("create a shared endpoint", e);
    } finally {
      if (!complete) {
        destroy();
      }
    }
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    if (isClosed()) {
      throw closedException();
    }
    return localAddress;
  }

  /** The address, valid while any connector holds a reference. */
  InetSocketAddress address() {
    return localAddress;
  }

  @Override
  protected void destroy() {
    if (id != null) {
      id.destroy();
      id = null;
    }
  }

  @Override
  protected MemorySegment handle() {
    return adapter.controlAndWait(() -> id == null ? MemorySegment.NULL : id.handle());
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.SHARED_ENDPOINT;
  }

  @Override
  public String toString() {
    return "shared endpoint of " + adapter;
  }
}

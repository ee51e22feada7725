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
  @SuppressWarnings("NullAway.Init") // by create
  private CmId id;

  @SuppressWarnings("NullAway.Init") // by create
  private InetSocketAddress localAddress;

  private VerbsSharedEndpoint(AdapterContext adapter) throws NdkException {
    super(adapter);
  }

  public static VerbsSharedEndpoint create(AdapterContext adapter, InetSocketAddress address)
      throws NdkException {
    Addresses.requireResolved(address, "address");
    VerbsSharedEndpoint endpoint = new VerbsSharedEndpoint(adapter);
    NdkException failure = adapter.controlAndWait(() -> endpoint.bind(address));
    if (failure != null) {
      endpoint.abandon();
      throw new NdkException(failure.status(), failure.detail(), failure);
    }
    endpoint.publish();
    return endpoint;
  }

  /** Returns the failure, or null. */
  private @Nullable NdkException bind(InetSocketAddress address) {
    try {
      id = CmId.create(adapter, event -> {});
      id.bind(address); // exclusively first, to detect a conflict
      id.shareAddress();
      localAddress = Objects.requireNonNull(id.localAddress(), "bound");
      return null;
    } catch (NdkException e) {
      destroy();
      return e;
    } catch (ErrnoException e) {
      destroy();
      return Statuses.exception("create a shared endpoint", e);
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
    }
  }

  @Override
  protected MemorySegment handle() {
    return id.handle();
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

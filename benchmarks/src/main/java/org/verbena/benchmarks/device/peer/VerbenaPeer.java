package org.verbena.benchmarks.device.peer;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkAdapter;

/** Verbena through its public API. */
final class VerbenaPeer implements Peer {
  private final Map<String, NdkAdapter> adapters = new HashMap<>();

  @Override
  public Side listen(Task task) throws Exception {
    NdkAdapter adapter = adapter(task.param("server"));
    return switch (task.kind()) {
      case "registration" -> new VerbenaRegistration(adapter, task);
      case "connect" -> VerbenaConnects.listen(adapter, task);
      default -> new VerbenaSide(adapter, task, true);
    };
  }

  @Override
  public Side connect(Task task) throws Exception {
    NdkAdapter adapter = adapter(task.param("client"));
    return switch (task.kind()) {
      case "registration" -> new VerbenaRegistration(adapter, task);
      case "connect" -> new VerbenaConnects(adapter, task);
      default -> new VerbenaSide(adapter, task, false);
    };
  }

  private NdkAdapter adapter(String address) throws Exception {
    NdkAdapter adapter = adapters.get(address);
    if (adapter == null) {
      adapter = NdkAdapter.open(InetAddress.getByName(address));
      adapters.put(address, adapter);
    }
    return adapter;
  }

  @Override
  public void close() {
    adapters.values().forEach(NdkAdapter::close);
  }
}

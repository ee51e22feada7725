package org.verbena.benchmarks.device.peer;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkAdapter;

/** Verbena over its public API. */
final class VerbenaPeer implements Peer {
  private final Map<String, NdkAdapter> adapters = new HashMap<>();

  @Override
  public Side listen(Task task) throws Exception {
    return new VerbenaSide(adapter(task.param("server")), task, true);
  }

  @Override
  public Side connect(Task task) throws Exception {
    return new VerbenaSide(adapter(task.param("client")), task, false);
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

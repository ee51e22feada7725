package org.verbena.examples.nvmf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkOpenOptions;
import org.verbena.ndk.NdkPd;

/**
 * An NVMe over Fabrics host on one RDMA device: the entry point. Thread-safe.
 *
 * <pre>{@code
 * try (NvmfHost host = NvmfHost.open(local);
 *     Controller controller = host.connect(target, "nqn.2026-11.org.example:store");
 *     IoBuffer buffer = host.allocate(4096)) {
 *   Namespace disk = controller.namespace(1);
 *   IoQueue queue = controller.queue(0);
 *   queue.read(disk, 0, 8, buffer, 0, 0, (context, status) -> ...);
 *   while (queue.poll() == 0) Thread.onSpinWait();
 * }
 * }</pre>
 */
public final class NvmfHost implements AutoCloseable {
  /** The port that the specification assigns to NVMe over RDMA. */
  public static final int DEFAULT_PORT = 4420;

  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_NAME = 223;

  private final InetAddress localAddress;
  private final String name;
  private final UUID id;
  private final NdkAdapter adapter;
  private final NdkPd pd;

  private NvmfHost(InetAddress localAddress, String name, UUID id) throws IOException {
    this.localAddress = localAddress;
    this.name = checkName(name);
    this.id = Objects.requireNonNull(id, "id");
    adapter = NdkAdapter.open(localAddress, new NdkOpenOptions(CONNECTION_TIMEOUT));
    try {
      pd = adapter.createPd();
    } catch (Throwable e) {
      adapter.close();
      throw e;
    }
  }

  /**
   * Opens the RDMA device with a local address, as a host with a random NQN.
   *
   * @param localAddress an address of an RDMA device on this machine
   * @return the host; close it when done
   * @throws IOException if no RDMA device has the address
   */
  public static NvmfHost open(InetAddress localAddress) throws IOException {
    UUID id = UUID.randomUUID();
    return open(localAddress, "nqn.2014-08.org.nvmexpress:uuid:" + id, id);
  }

  /**
   * Opens the RDMA device with a local address.
   *
   * @param localAddress an address of an RDMA device on this machine
   * @param name the host's NQN
   * @param id the host's identifier
   * @return the host; close it when done
   * @throws IOException if no RDMA device has the address
   * @throws IllegalArgumentException if the NQN is empty or too long
   */
  public static NvmfHost open(InetAddress localAddress, String name, UUID id) throws IOException {
    return new NvmfHost(localAddress, name, id);
  }

  static String checkName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > MAX_NAME) {
      throw new IllegalArgumentException(
          "an NQN has 1 to %d bytes in UTF-8, this one %d".formatted(MAX_NAME, length));
    }
    return name;
  }

  /**
   * Returns the discovery log of a target.
   *
   * @param target the address and port of the target
   * @return the entries of its discovery log
   * @throws IOException if the target cannot be reached, or rejects the host
   */
  public List<DiscoveryEntry> discover(InetSocketAddress target) throws IOException {
    return Discovery.of(this, target);
  }

  /**
   * Connects to a subsystem with the default options.
   *
   * @param target the address and port of the target
   * @param subsystem the NQN of the subsystem
   * @return the controller; close it when done
   * @throws IOException as {@link #connect(InetSocketAddress, String, ConnectOptions)}
   */
  public Controller connect(InetSocketAddress target, String subsystem) throws IOException {
    return connect(target, subsystem, ConnectOptions.DEFAULT);
  }

  /**
   * Connects to a subsystem.
   *
   * @param target the address and port of the target
   * @param subsystem the NQN of the subsystem
   * @param options how to connect
   * @return the controller; close it when done
   * @throws NvmeException if the target has no such subsystem, or does not allow this host
   * @throws IOException if the target cannot be reached, or rejects the host
   * @throws IllegalArgumentException if the NQN is empty or too long
   */
  public Controller connect(InetSocketAddress target, String subsystem, ConnectOptions options)
      throws IOException {
    return new Controller(this, target, checkName(subsystem), options);
  }

  /**
   * Registers memory of the caller for I/O. The memory must stay allocated until the buffer is
   * closed.
   *
   * @param memory native memory
   * @return the buffer; close it when done
   * @throws IOException if the memory cannot be registered
   */
  public IoBuffer register(MemorySegment memory) throws IOException {
    return IoBuffer.register(pd, memory);
  }

  /**
   * Allocates memory for I/O, aligned to pages. It is freed when the buffer is closed.
   *
   * @param bytes the size
   * @return the buffer; close it when done
   * @throws IOException if the memory cannot be registered
   */
  public IoBuffer allocate(long bytes) throws IOException {
    return IoBuffer.allocate(pd, bytes);
  }

  /** {@return the NQN of this host} */
  public String name() {
    return name;
  }

  UUID id() {
    return id;
  }

  InetAddress localAddress() {
    return localAddress;
  }

  NdkAdapter adapter() {
    return adapter;
  }

  NdkPd pd() {
    return pd;
  }

  /** Closes the device. Close its controllers and buffers first. */
  @Override
  public void close() {
    adapter.close();
  }
}

package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that needs a host and a target. */
abstract class HostCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init") // by picocli
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--target",
      required = true,
      paramLabel = "ADDRESS[:PORT]",
      converter = TargetConverter.class,
      description = "the target; default port: 4420")
  private InetSocketAddress target;

  @Option(
      names = "--local",
      paramLabel = "ADDRESS",
      description = {
        "an address of the RDMA device to use;",
        "needed if the route to the target starts elsewhere"
      })
  private @Nullable InetAddress local;

  @Option(
      names = "--host-nqn",
      paramLabel = "NQN",
      description = "the NQN of this host; default: random")
  private @Nullable String hostNqn;

  @Override
  public final Integer call() throws IOException, InterruptedException {
    try (NvmfHost host = open()) {
      run(host);
    }
    return 0;
  }

  abstract void run(NvmfHost host) throws IOException, InterruptedException;

  final InetSocketAddress target() {
    return target;
  }

  private NvmfHost open() throws IOException {
    InetAddress address = local == null ? routeSource() : local;
    return hostNqn == null
        ? NvmfHost.open(address)
        : NvmfHost.open(address, hostNqn, UUID.randomUUID());
  }

  /** Returns the address that the route to the target starts from. */
  private InetAddress routeSource() {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(target);
      return socket.getLocalAddress();
    } catch (SocketException e) {
      throw wrong("no route to the target: " + e.getMessage());
    }
  }

  /** Makes the exception for a wrong command line. */
  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Checks the value of an option against its range. */
  final long range(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw wrong("%s must be from %d to %d, not %d".formatted(option, least, most, value));
    }
    return value;
  }
}

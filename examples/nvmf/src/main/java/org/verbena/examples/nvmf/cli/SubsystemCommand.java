package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Option;

/** A command that connects to a subsystem. */
abstract class SubsystemCommand extends HostCommand {
  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--nqn",
      required = true,
      paramLabel = "NQN",
      description = "the NQN of the subsystem")
  private String nqn;

  final Controller connect(NvmfHost host, ConnectOptions options) throws IOException {
    return host.connect(target(), nqn, options);
  }

  /** Checks the size of one I/O against the target's limit. */
  final void checkSize(int size, Controller controller) {
    int most = controller.info().maxTransferSize();
    if (size > most) {
      throw wrong("--size must be at most %d for this target".formatted(most));
    }
  }
}

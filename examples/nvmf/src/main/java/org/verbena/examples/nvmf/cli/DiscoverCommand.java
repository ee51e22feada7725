package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.verbena.examples.nvmf.DiscoveryEntry;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;

@Command(name = "discover", description = "Lists the subsystems of a target.")
final class DiscoverCommand extends HostCommand {
  private final PrintStream out;

  DiscoverCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  void run(NvmfHost host) throws IOException {
    for (DiscoveryEntry entry : host.discover(target())) {
      out.printf(
          "%s %s port %s: %s%s%n",
          entry.transportName(),
          entry.address(),
          entry.service(),
          entry.subsystem(),
          entry.discovery() ? " (discovery)" : "");
    }
  }
}

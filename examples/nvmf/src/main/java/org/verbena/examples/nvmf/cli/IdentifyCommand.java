package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.ControllerInfo;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmeException;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;

@Command(name = "identify", description = "Describes a subsystem and its namespaces.")
final class IdentifyCommand extends SubsystemCommand {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB"};

  private final PrintStream out;

  IdentifyCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  void run(NvmfHost host) throws IOException {
    try (Controller controller = connect(host, ConnectOptions.DEFAULT)) {
      ControllerInfo info = controller.info();
      int version = info.version();
      out.printf("subsystem          %s%n", info.subsystem());
      out.printf(
          "model              %s, firmware %s, serial number %s%n",
          info.model(), info.firmware(), info.serialNumber());
      out.printf(
          "NVMe               %d.%d.%d%n", version >>> 16, version >>> 8 & 0xFF, version & 0xFF);
      out.printf("controller         %d%n", info.controllerId());
      out.printf("one transfer       at most %s%n", bytes(info.maxTransferSize()));
      out.printf("in-capsule data    at most %s%n", bytes(info.maxInCapsuleData()));
      out.printf("write zeroes       %s%n", yesOrNo(info.writeZeroes()));
      out.printf("deallocate         %s%n", yesOrNo(info.datasetManagement()));
      out.printf("write cache        %s%n", yesOrNo(info.volatileWriteCache()));
      for (int id : controller.namespaceIds()) {
        out.printf("namespace %-8d %s%n", id, namespace(controller, id));
      }
    }
  }

  private static String namespace(Controller controller, int id) throws IOException {
    try {
      Namespace namespace = controller.namespace(id);
      return "%s: %d blocks of %d bytes"
          .formatted(bytes(namespace.bytes()), namespace.blocks(), namespace.blockSize());
    } catch (NvmeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String yesOrNo(boolean offered) {
    return offered ? "yes" : "no";
  }

  private static String bytes(long bytes) {
    int unit = UNITS.length - 1;
    while (unit > 0 && (bytes == 0 || bytes % (1L << (10 * unit)) != 0)) {
      unit--;
    }
    return "%d %s".formatted(bytes >> (10 * unit), UNITS[unit]);
  }
}

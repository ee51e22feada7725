package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.Namespace;
import picocli.CommandLine.Option;

/** A command for one namespace. */
abstract class NamespaceCommand extends SubsystemCommand {
  private int namespace;

  @Option(
      names = "--namespace",
      required = true,
      paramLabel = "N",
      description = "the namespace id, from 1")
  void setNamespace(int value) {
    namespace = (int) range("--namespace", value, 1, Integer.MAX_VALUE);
  }

  final Namespace namespace(Controller controller) throws IOException {
    return controller.namespace(namespace);
  }
}

package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NamespaceChannel;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Option;

/** A command that reads or writes a namespace from an offset on. */
abstract class ChannelCommand extends NamespaceCommand {
  static final int BUFFER_SIZE = 1 << 20;

  @Option(
      names = "--offset",
      defaultValue = "0",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "the first byte; may end in k, m or g")
  private long offset;

  final NamespaceChannel channel(NvmfHost host, Controller controller) throws IOException {
    Namespace namespace = namespace(controller);
    range("--offset", offset, 0, namespace.bytes());
    return new NamespaceChannel(host, controller, controller.queue(0), namespace).position(offset);
  }
}

package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.NamespaceChannel;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "read", description = "Writes a namespace to standard output.")
final class ReadCommand extends ChannelCommand {
  private final PrintStream out;
  private @Nullable Long length;

  ReadCommand(PrintStream out) {
    this.out = out;
  }

  @Option(
      names = "--length",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "how much to read; may end in k, m or g; default: all")
  void setLength(long value) {
    length = range("--length", value, 0, Long.MAX_VALUE);
  }

  @Override
  void run(NvmfHost host) throws IOException {
    try (Controller controller = connect(host, ConnectOptions.DEFAULT);
        NamespaceChannel channel = channel(host, controller)) {
      long left = length == null ? channel.size() - channel.position() : length;
      WritableByteChannel target = Channels.newChannel(out);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
      while (left > 0 && channel.read(buffer.limit((int) Math.min(left, BUFFER_SIZE))) > 0) {
        left -= buffer.flip().remaining();
        target.write(buffer);
        buffer.clear();
      }
      if (out.checkError()) {
        throw new IOException("cannot write to standard output");
      }
    }
  }
}

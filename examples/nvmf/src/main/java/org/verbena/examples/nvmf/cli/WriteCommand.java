package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.NamespaceChannel;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;

@Command(name = "write", description = "Writes standard input to a namespace.")
final class WriteCommand extends ChannelCommand {
  private final InputStream in;
  private final PrintStream messages;

  WriteCommand(InputStream in, PrintStream messages) {
    this.in = in;
    this.messages = messages;
  }

  @Override
  void run(NvmfHost host) throws IOException {
    try (Controller controller = connect(host, ConnectOptions.DEFAULT);
        NamespaceChannel channel = channel(host, controller)) {
      ReadableByteChannel source = Channels.newChannel(in);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
      long total = 0;
      while (source.read(buffer) >= 0 || buffer.position() > 0) {
        buffer.flip();
        total += channel.write(buffer);
        buffer.clear();
      }
      channel.force();
      messages.printf("%d bytes written%n", total);
    }
  }
}

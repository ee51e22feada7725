package org.verbena.examples.nvmf.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.IoBuffer;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Opens the two ends and lets {@link Copy} do the rest. */
@Command(
    name = "copy",
    description = {
      "Copies between a file and a namespace, or between two namespaces.",
      "An END is a file, or namespace:N."
    })
final class CopyCommand extends SubsystemCommand {
  private static final String NAMESPACE = "namespace:";

  private final PrintStream messages;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(names = "--from", required = true, paramLabel = "END", description = "the source")
  private String from;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(names = "--to", required = true, paramLabel = "END", description = "the destination")
  private String to;

  private @Nullable Long length;
  private int piece;
  private int depth;

  CopyCommand(PrintStream messages) {
    this.messages = messages;
  }

  @Option(
      names = "--length",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "how much to copy; may end in k, m or g; default: all")
  void setLength(long value) {
    length = value;
  }

  @Option(
      names = "--size",
      defaultValue = "128k",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "bytes of one I/O; default: ${DEFAULT-VALUE}")
  void setPiece(long value) {
    piece = (int) range("--size", value, 1, Integer.MAX_VALUE);
  }

  @Option(
      names = "--depth",
      defaultValue = "8",
      paramLabel = "N",
      description = "I/O in flight; default: ${DEFAULT-VALUE}")
  void setDepth(int value) {
    depth = (int) range("--depth", value, 1, ConnectOptions.MAX_DEPTH);
  }

  @Override
  void run(NvmfHost host) throws IOException, InterruptedException {
    ConnectOptions options = ConnectOptions.DEFAULT.withQueues(1, depth);
    try (Controller controller = connect(host, options);
        FileChannel source = file(from, StandardOpenOption.READ);
        FileChannel target = file(to, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      Copy.End first = end(controller, from, source);
      Copy.End second = end(controller, to, target);
      if (piece % first.blockSize() != 0 || piece % second.blockSize() != 0) {
        throw wrong("--size must be a multiple of the block sizes of both ends");
      }
      checkSize(piece, controller);
      long all = first.bytes();
      long total = length == null ? all : range("--length", length, 0, all);
      if (second instanceof Copy.NamespaceEnd && total > second.bytes()) {
        throw new IOException(
            "%d bytes do not fit in %s, which has %d"
                .formatted(total, second.name(), second.bytes()));
      }
      Console console = System.console();
      boolean redraw = console != null && console.isTerminal();
      Progress progress = new Progress(messages, redraw, total);
      try (IoBuffer buffer = host.allocate((long) depth * piece)) {
        new Copy(controller.queue(0), first, second, total, piece, buffer, progress).run();
      }
    }
  }

  /** Opens the file that an end names; null for a namespace. */
  private static @Nullable FileChannel file(String end, StandardOpenOption... how)
      throws IOException {
    if (end.startsWith(NAMESPACE)) {
      return null;
    }
    try {
      return FileChannel.open(Path.of(end), how);
    } catch (FileSystemException e) { // its message may be only the name
      throw new IOException("cannot open the file " + e.getMessage(), e);
    }
  }

  private Copy.End end(Controller controller, String text, @Nullable FileChannel file)
      throws IOException {
    if (file != null) {
      return new Copy.FileEnd(file);
    }
    try {
      int number = Integer.parseInt(text.substring(NAMESPACE.length()));
      return new Copy.NamespaceEnd(controller.namespace(number));
    } catch (NumberFormatException _) {
      throw wrong("not a namespace id: " + text);
    }
  }
}

package org.verbena.examples.nvmf.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.IoBuffer;
import org.verbena.examples.nvmf.NvmfHost;

/** The command {@code copy}: opens the two ends and lets {@link Copy} do the rest. */
final class CopyCommand {
  private static final String NAMESPACE = "namespace:";
  private static final int PIECE = 128 << 10;
  private static final int DEPTH = 8;

  private CopyCommand() {}

  static void run(NvmfHost host, Options options, PrintStream messages)
      throws UsageException, IOException, InterruptedException {
    int piece = options.number("size", 1, Integer.MAX_VALUE, PIECE);
    int depth = options.number("depth", 1, ConnectOptions.MAX_DEPTH, DEPTH);
    ConnectOptions how = ConnectOptions.DEFAULT.withQueues(1, depth);
    try (Controller controller = Nvmf.connect(host, options, how);
        FileChannel source = file(options.text("from"), StandardOpenOption.READ);
        FileChannel target =
            file(options.text("to"), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      Copy.End from = end(controller, options.text("from"), source);
      Copy.End to = end(controller, options.text("to"), target);
      if (piece % from.blockSize() != 0 || piece % to.blockSize() != 0) {
        throw new UsageException("--size must be whole blocks of both ends");
      }
      Nvmf.checkSize(piece, controller);
      long total = options.size("length", 0, bytes(from), bytes(from));
      if (to.file() == null && total > bytes(to)) {
        throw new IOException(
            "%d bytes do not fit namespace %d, which has %d"
                .formatted(total, to.namespace().id(), bytes(to)));
      }
      Console console = System.console();
      boolean redraw = console != null && console.isTerminal();
      Progress progress = new Progress(messages, redraw, total);
      try (IoBuffer buffer = host.allocate((long) depth * piece)) {
        new Copy(controller.queue(0), from, to, total, piece, buffer, progress).run();
      }
    }
  }

  /** The file that an end is, or null. */
  private static FileChannel file(String end, StandardOpenOption... how) throws IOException {
    if (end.startsWith(NAMESPACE)) {
      return null;
    }
    try {
      return FileChannel.open(Path.of(end), how);
    } catch (FileSystemException e) { // its message may be no more than the name
      throw new IOException("cannot open the file " + e.getMessage(), e);
    }
  }

  private static Copy.End end(Controller controller, String text, FileChannel file)
      throws UsageException, IOException {
    if (file != null) {
      return new Copy.End(file, null);
    }
    try {
      int number = Integer.parseInt(text.substring(NAMESPACE.length()));
      return new Copy.End(null, controller.namespace(number));
    } catch (NumberFormatException _) {
      throw new UsageException("not the number of a namespace: " + text);
    }
  }

  private static long bytes(Copy.End end) throws IOException {
    return end.file() == null ? end.namespace().bytes() : end.file().size();
  }
}

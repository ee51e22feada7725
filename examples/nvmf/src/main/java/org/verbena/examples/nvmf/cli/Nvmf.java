package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command-line tool: exits with 0, or 1 after a failure, or 2 for a wrong command line. */
@Command(
    name = "nvmf",
    description = "An NVMe over Fabrics host over RDMA.",
    mixinStandardHelpOptions = true,
    version = "nvmf 0.1",
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true,
    subcommands = AutoComplete.GenerateCompletion.class)
public final class Nvmf {
  private Nvmf() {}

  /**
   * Runs a command and ends the JVM.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    System.exit(run(System.in, System.out, System.err, arguments));
  }

  static int run(InputStream in, PrintStream out, PrintStream messages, String... arguments) {
    return new CommandLine(new Nvmf())
        .addSubcommand(new DiscoverCommand(out))
        .addSubcommand(new IdentifyCommand(out))
        .addSubcommand(new ReadCommand(out))
        .addSubcommand(new WriteCommand(in, messages))
        .addSubcommand(new CopyCommand(messages))
        .addSubcommand(new BenchCommand(out))
        .addSubcommand(new CompareCommand(out))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOverwrittenOptionsAllowed(true)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(messages, true))
        .setParameterExceptionHandler((e, _) -> wrongUsage(e.getCommandLine(), e))
        .setExecutionExceptionHandler((e, line, _) -> failure(line, e))
        .execute(arguments);
  }

  private static int wrongUsage(CommandLine line, Exception e) {
    line.getErr().println("nvmf: " + e.getMessage());
    boolean suggested =
        e instanceof ParameterException wrong
            && CommandLine.UnmatchedArgumentException.printSuggestions(wrong, line.getErr());
    if (!suggested) {
      line.usage(line.getErr());
    }
    return 2;
  }

  private static int failure(CommandLine line, Exception e) throws Exception {
    if (e instanceof IllegalArgumentException) { // an invalid NQN
      return wrongUsage(line, e);
    }
    if (e instanceof InterruptedException) {
      line.getErr().println("nvmf: interrupted");
      return 1;
    }
    if (e instanceof IOException || e instanceof UnsupportedOperationException) {
      line.getErr().println("nvmf: " + e.getMessage());
      return 1;
    }
    throw e;
  }
}

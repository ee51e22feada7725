package org.verbena.demo;

import java.io.PrintStream;
import org.verbena.ndk.NdkException;

/** The demo's command line: runs one of the two ends. */
public final class Demo {
  private Demo() {}

  /**
   * Runs the listener or the client. Exits with 0 on success, 1 on failure (one line says why), 2
   * on a usage error.
   *
   * @param arguments see {@link Options#USAGE}
   */
  public static void main(String[] arguments) {
    int code = run(System.out, System.err, arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    try {
      Options options = Options.parse(arguments);
      Console console = new Console(out);
      switch (options.role()) {
        case HELP -> console.line(Options.USAGE);
        case LISTEN -> new DemoListener(options, console).run();
        case CONNECT -> new DemoClient(options, console).run();
      }
      return 0;
    } catch (UsageException e) {
      err.println("verbena-demo: " + e.getMessage() + " (see --help)");
      return 2;
    } catch (DemoException | NdkException | UnsupportedOperationException e) {
      // UnsupportedOperationException: rdma-core is missing, or native access is not allowed.
      err.println("verbena-demo: " + e.getMessage());
      return 1;
    } catch (InterruptedException _) {
      err.println("verbena-demo: interrupted");
      return 1;
    }
  }
}

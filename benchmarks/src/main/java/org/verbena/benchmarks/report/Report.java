package org.verbena.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the report of one run of the benchmarks. */
@Command(
    name = "report",
    description = {
      "Writes the report of one run of the benchmarks: index.html, readme.md and,",
      "if latencies were measured, readme.svg."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // by picocli
public final class Report implements Callable<Integer> {
  @Parameters(
      paramLabel = "FOLDER",
      description = "contains results.json, machine.json and optionally nvmf.json")
  private Path folder;

  private Report() {}

  /**
   * Writes the report, and ends the JVM.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Report()).execute(args));
  }

  @Override
  public Integer call() {
    System.setProperty("java.awt.headless", "true");
    try {
      write(folder);
    } catch (NoSuchFileException e) {
      System.err.println("report: no " + e.getMessage() + ": run the benchmarks first");
      return 1;
    } catch (IOException e) {
      System.err.println("report: " + e.getMessage());
      return 1;
    }
    System.out.println(folder.resolve("index.html").toAbsolutePath().normalize());
    return 0;
  }

  static void write(Path folder) throws IOException {
    Results results = Results.read(folder);
    Files.writeString(folder.resolve("index.html"), new Page(results, css()).html());
    Readme readme = new Readme(results);
    Files.writeString(folder.resolve("readme.md"), readme.markdown());
    Path plot = folder.resolve("readme.svg");
    Files.deleteIfExists(plot);
    Optional<String> svg = readme.svg();
    if (svg.isPresent()) {
      Files.writeString(plot, svg.get());
    }
  }

  private static String css() throws IOException {
    try (InputStream css =
        Objects.requireNonNull(Report.class.getResourceAsStream("report.css"), "report.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

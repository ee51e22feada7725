package org.verbena.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the report of one run of the benchmarks. */
public final class Report {
  private Report() {}

  /**
   * Reads results.json, nvmf.json (if there) and machine.json of a folder and writes index.html,
   * readme.md and, where latencies were measured, readme.svg there.
   *
   * @param args the folder
   */
  public static void main(String[] args) {
    if (args.length != 1) {
      System.err.println("usage: Report FOLDER (with results.json and machine.json)");
      System.exit(2);
    }
    System.setProperty("java.awt.headless", "true");
    try {
      write(Path.of(args[0]));
    } catch (NoSuchFileException e) {
      System.err.println("report: no " + e.getMessage() + ": run the benchmarks first");
      System.exit(1);
    } catch (IOException e) {
      System.err.println("report: " + e.getMessage());
      System.exit(1);
    }
    System.out.println(Path.of(args[0], "index.html").toAbsolutePath().normalize());
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
    try (InputStream css = Report.class.getResourceAsStream("report.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

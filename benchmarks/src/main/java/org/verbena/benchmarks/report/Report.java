package org.verbena.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the report of one run of the benchmarks. */
public final class Report {
  private Report() {}

  /**
   * Reads results.json and machine.json of a folder and writes index.html, readme.md and, where
   * latencies were measured, readme.svg there.
   *
   * @param args the folder
   * @throws IOException if one of the files cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: Report FOLDER (with results.json and machine.json)");
      System.exit(2);
    }
    System.setProperty("java.awt.headless", "true");
    write(Path.of(args[0]));
    System.out.println(Path.of(args[0], "index.html").toAbsolutePath().normalize());
  }

  static void write(Path folder) throws IOException {
    Results results = Results.read(folder);
    Files.writeString(folder.resolve("index.html"), new Page(results, css()).html());
    Readme readme = new Readme(results);
    Files.writeString(folder.resolve("readme.md"), readme.markdown());
    Optional<String> svg = readme.svg();
    if (svg.isPresent()) {
      Files.writeString(folder.resolve("readme.svg"), svg.get());
    }
  }

  private static String css() throws IOException {
    try (InputStream css = Report.class.getResourceAsStream("report.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

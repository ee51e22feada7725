package org.verbena.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** Writes reports of synthetic figures. */
class ReportTest {
  @TempDir Path folder;

  @BeforeEach
  void sample() throws IOException {
    copy("sample-results.json", "results.json");
    copy("sample-machine.json", "machine.json");
  }

  private void copy(String resource, String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/" + resource)) {
      Files.copy(in, folder.resolve(name));
    }
  }

  private String page() throws IOException {
    Report.write(folder);
    return Files.readString(folder.resolve("index.html"));
  }

  private String pageOf(String results) throws IOException {
    Files.writeString(folder.resolve("results.json"), results);
    return page();
  }

  @Test
  void thePageNeedsNoOtherFile() throws IOException {
    String page = page();
    String names = page.replaceAll("xmlns(:\\w+)?=\"[^\"]*\"", "");
    assertFalse(names.contains("http"), "an address");
    assertFalse(page.contains("<script"), "a script");
    assertFalse(page.contains("<link"), "a style sheet");
    assertFalse(page.contains("<img"), "an image");
    assertFalse(page.contains("@import"), "a style sheet");
    assertFalse(page.contains("DOCTYPE svg"), "a document type with an address");
    Pattern.compile("(?:href|src)=\"([^\"]*)\"")
        .matcher(names)
        .results()
        .forEach(link -> assertTrue(link.group(1).startsWith("#"), link.group()));
  }

  @Test
  void everyIdIsUniqueAndEveryReferenceHasATarget() throws IOException {
    String page = page();
    Set<String> ids = new HashSet<>();
    find(" id=\"([^\"]+)\"", page).forEach(id -> assertTrue(ids.add(id), "twice: " + id));
    find("url\\(#([^)]+)\\)", page).forEach(id -> assertTrue(ids.contains(id), id));
    find("href=\"#([^\"]+)\"", page).forEach(id -> assertTrue(ids.contains(id), id));
  }

  private static List<String> find(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  @Test
  void thePageHasEverySectionAndPlots() throws IOException {
    String page = page();
    for (Section section : Section.ALL) {
      int start = page.indexOf("<section id=\"" + section.id() + "\">");
      assertTrue(start > 0, section.title());
      String html = page.substring(start, page.indexOf("</section>", start));
      assertTrue(html.contains("<svg"), section.title());
      assertTrue(html.contains("<table>"), section.title());
    }
    assertTrue(page.contains("<section id=\"machine\">"));
    assertTrue(page.contains("ib_send_lat -s 64"));
    for (Goal goal : Goals.of(Results.read(folder))) {
      assertTrue(page.contains(goal.title()), goal.title());
    }
  }

  @Test
  void textIsEscaped() throws IOException {
    String page = page();
    assertTrue(page.contains("latency &lt;quick&gt; &amp; more"));
    page =
        pageOf(
            """
            [{"benchmark": "latency.<b>", "mode": "sample",
              "params": {"program": "<i>", "bytes": "64", "path": "a & \\"b\\""},
              "primaryMetric": {"score": 5, "scoreUnit": "<u>"},
              "secondaryMetrics": {"<s>": {"score": 5, "scoreUnit": "us/op"}}}]
            """);
    for (String tag : List.of("<b>", "<i>", "<u>", "<s>")) {
      assertFalse(page.contains(tag), tag);
    }
    assertTrue(page.contains("a &amp; &quot;b&quot;"));
  }

  @Test
  void withoutRowsThereAreNoSectionsAndNothingHolds() throws IOException {
    String page = pageOf("[]");
    for (Section section : Section.ALL) {
      assertFalse(page.contains("<section id=\"" + section.id() + "\">"), section.title());
    }
    assertFalse(page.contains("<td class=\"verdict holds\">"));
    assertTrue(page.contains("<td class=\"verdict not_measured\">"));
    assertFalse(Files.exists(folder.resolve("readme.svg")));
    assertFalse(Files.readString(folder.resolve("readme.md")).contains("| holds |"));
  }

  @Test
  void invalidFiguresAreShownButNotDrawn() throws IOException {
    String page =
        pageOf(
            """
            [{"benchmark": "latency.send", "params": {"program": "verbena", "bytes": "64"},
              "primaryMetric": {"score": "NaN", "scoreConfidence": [NaN, "NaN"],
                "scoreUnit": "us/op"}},
             {"benchmark": "latency.send", "params": {"program": "c", "bytes": "64"},
              "primaryMetric": {"score": 0, "scoreUnit": "us/op"}},
             {"benchmark": "latency.send", "params": {"program": "c", "bytes": "unknown"},
              "primaryMetric": {"score": 5, "scoreUnit": "us/op"}},
             {"benchmark": "bandwidth.read", "params": {"program": "c"}}]
            """);
    assertTrue(page.contains("<td class=\"n\">–</td>"));
    assertFalse(page.contains("<td class=\"verdict holds\">"));
    assertFalse(page.contains("<svg"));
  }

  @Test
  void aSpreadDownToZeroAndAnUnknownProgramCanBeDrawn() throws IOException {
    String page =
        pageOf(
            """
            [{"benchmark": "latency.send", "params": {"program": "new", "bytes": "64"},
              "primaryMetric": {"score": 5, "scoreConfidence": [-1, 6], "scoreUnit": "us/op"}}]
            """);
    assertTrue(page.contains("<svg"));
    assertTrue(page.contains(">new</text>"));
  }

  @Test
  void theReadmeHasDateAndCommand() throws Exception {
    Report.write(folder);
    for (String file : List.of("readme.md", "readme.svg")) {
      String text = Files.readString(folder.resolve(file));
      assertTrue(text.contains("2026-11-21T08:00:00Z"), file);
      assertTrue(text.contains("softroce/bench --quick"), file);
    }
    String svg = Files.readString(folder.resolve("readme.svg"));
    assertEquals(
        "svg",
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)))
            .getDocumentElement()
            .getNodeName());
  }

  @Test
  void filesOfAnotherFormAreRefusedByName() throws IOException {
    for (String bad : List.of("", "{}", "[1]", "[{}]", "[null]", "[{\"params\": 5}]")) {
      Files.writeString(folder.resolve("results.json"), bad);
      IOException e = assertThrows(IOException.class, () -> Results.read(folder), bad);
      assertTrue(e.getMessage().contains("results.json"), e.getMessage());
    }
    Files.writeString(folder.resolve("results.json"), "[]");
    for (String bad : List.of("", "[]", "{\"kernel\": {}}", "{\"commands\": \"none\"}")) {
      Files.writeString(folder.resolve("machine.json"), bad);
      IOException e = assertThrows(IOException.class, () -> Results.read(folder), bad);
      assertTrue(e.getMessage().contains("machine.json"), e.getMessage());
    }
  }
}

package org.verbena.benchmarks.report;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured, and where.
 *
 * @param rows one per benchmark, parameters and program
 * @param machine the machine, versions and date, in the order of the file
 * @param commands the command lines of the programs that were measured
 */
record Results(List<Row> rows, Map<String, String> machine, List<String> commands) {

  /** Reads results.json and, if it exists, nvmf.json (both in JMH's format), and machine.json. */
  static Results read(Path folder) throws IOException {
    List<Row> rows = new ArrayList<>(rows(folder.resolve("results.json")));
    Path nvmf = folder.resolve("nvmf.json");
    if (Files.exists(nvmf)) {
      rows.addAll(rows(nvmf));
    }
    return withMachine(List.copyOf(rows), folder.resolve("machine.json"));
  }

  private static List<Row> rows(Path file) throws IOException {
    List<Row> rows;
    try {
      rows = List.of(new Gson().fromJson(Files.readString(file), Row[].class));
    } catch (JsonParseException | NullPointerException e) {
      throw new IOException(file + " is not an array of JMH results: " + e.getMessage(), e);
    }
    for (Row row : rows) {
      if (row.benchmark() == null) {
        throw new IOException(file + " has a row without \"benchmark\": " + row.params());
      }
    }
    return rows;
  }

  private static Results withMachine(List<Row> rows, Path file) throws IOException {
    Map<String, String> machine = new LinkedHashMap<>();
    List<String> commands = new ArrayList<>();
    try {
      JsonObject object = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
        if (entry.getKey().equals("commands")) {
          entry.getValue().getAsJsonArray().forEach(line -> commands.add(line.getAsString()));
        } else {
          machine.put(entry.getKey(), entry.getValue().getAsString());
        }
      }
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      throw new IOException(
          file + " is not an object of strings with an array \"commands\": " + e.getMessage(), e);
    }
    return new Results(rows, machine, commands);
  }

  /** The rows whose benchmark starts with this, such as "latency." or a full name. */
  List<Row> of(String benchmark) {
    return rows.stream().filter(row -> row.benchmark().startsWith(benchmark)).toList();
  }

  /** Another program's row for the same work. */
  Optional<Row> partner(Row row, String program) {
    return rows.stream()
        .filter(other -> other.program().equals(program) && other.sameWork(row))
        .findFirst();
  }
}

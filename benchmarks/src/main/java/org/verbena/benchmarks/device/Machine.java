package org.verbena.benchmarks.device;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;

/** The machine and the versions that were measured: machine.json. */
final class Machine {
  private final JsonObject facts = new JsonObject();

  /**
   * Describes the machine this runs on.
   *
   * @param command the command that the user typed
   * @param processor the processor of the host, which an emulated machine does not show
   * @param commit the commit of the sources
   */
  Machine(String command, String processor, String commit) throws IOException {
    facts.addProperty("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.addProperty("command", command);
    facts.addProperty(
        "processor", processor + ", " + Runtime.getRuntime().availableProcessors() + " used");
    facts.addProperty(
        "kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.addProperty("rig", System.getenv().getOrDefault("VERBENA_RIG", "host"));
    facts.addProperty("rdma-core", packageVersion("libibverbs1"));
    facts.addProperty("perftest", packageVersion("perftest"));
    facts.addProperty("ucx", packageVersion("libucx0"));
    facts.addProperty("java", System.getProperty("java.runtime.version"));
    facts.addProperty("load", Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    facts.addProperty("commit", commit);
  }

  private static String packageVersion(String name) throws IOException {
    Process query = new ProcessBuilder("dpkg-query", "-W", "-f", "${Version}", name).start();
    return new String(query.getInputStream().readAllBytes());
  }

  void write(Path file, Collection<String> commands) throws IOException {
    JsonArray lines = new JsonArray();
    commands.forEach(lines::add);
    facts.add("commands", lines);
    Files.writeString(
        file, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(facts));
  }
}

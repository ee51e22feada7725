package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares the bindings, made from one version of rdma-core on x86-64, with the headers of other
 * versions and of aarch64. {@code native-headers/abi-check} gets them and runs this.
 */
@Tag("abi")
class AbiReleasesTest {
  /** Structs that may grow, as the call is told their size; and one known by architecture. */
  private static final List<String> MAY_DIFFER =
      List.of("ibv_device_attr_ex", "ibv_port_attr", "opaque_mutex");

  /** It grows at its front: its members are found from its last one, which callers point to. */
  private static final String GROWS_AT_FRONT = "verbs_context";

  @TempDir Path directory;

  @Test
  void nothingThatIsUsedDiffers() throws Exception {
    String folder = System.getProperty("verbena.abi");
    assertNotNull(folder, "run native-headers/abi-check");
    GeneratedAbi generated = GeneratedAbi.read();
    String sources = GeneratedAbi.sources();
    System.out.println(
        "| rdma-core | Architecture | Compared | Used | Differ, none of them used |");
    System.out.println("|---|---|---:|---:|---|");
    for (Path release : children(Path.of(folder))) {
      compare(generated, sources, release);
    }
  }

  private void compare(GeneratedAbi generated, String sources, Path release) throws Exception {
    boolean arm = release.toString().endsWith("-arm64");
    Map<String, Long> actual = fromItsLast(probe(release.resolve("include"), arm).ask(generated));
    TreeSet<String> used = new TreeSet<>();
    TreeSet<String> usedThatDiffer = new TreeSet<>();
    TreeSet<String> unusedThatDiffer = new TreeSet<>();
    fromItsLast(generated.values())
        .forEach(
            (name, value) -> {
              boolean isUsed = GeneratedAbi.isUsed(name, sources) && !MAY_DIFFER.contains(name);
              if (isUsed) {
                used.add(name);
              }
              if (!value.equals(actual.get(name))) {
                (isUsed ? usedThatDiffer : unusedThatDiffer)
                    .add(name + " " + value + " -> " + actual.get(name));
              }
            });
    System.out.printf(
        "| %s | %s | %d | %d | %s |%n",
        Files.readString(release.resolve("version")).strip(),
        arm ? "aarch64" : "x86-64",
        actual.size(),
        used.size(),
        unusedThatDiffer.isEmpty() ? "–" : String.join(", ", unusedThatDiffer));
    assertEquals(Set.of(), usedThatDiffer, release.toString());
    assertEquals(
        actual.get("opaque_mutex"), Verbs.mutexSize(arm ? "aarch64" : "amd64"), "of a mutex");
  }

  private static Map<String, Long> fromItsLast(Map<String, Long> values) {
    long last = values.get(GROWS_AT_FRONT + ".context");
    Map<String, Long> result = new TreeMap<>(values);
    result.replaceAll(
        (name, value) ->
            name.equals(GROWS_AT_FRONT) || name.startsWith(GROWS_AT_FRONT + ".")
                ? value - last
                : value);
    return result;
  }

  private AbiProbe probe(Path include, boolean arm) {
    String triplet = arm ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    // Of the compiler's own headers only those that no library has, such as stddef.h.
    return new AbiProbe(
        directory,
        triplet + "-gcc",
        List.of(
            "-nostdinc",
            "-idirafter",
            "" + include.resolve(triplet),
            "-idirafter",
            "" + include,
            "-isystem",
            compilerHeaders(triplet + "-gcc")));
  }

  private static String compilerHeaders(String compiler) {
    try {
      Process process = new ProcessBuilder(compiler, "-print-file-name=include").start();
      return new String(process.getInputStream().readAllBytes()).strip();
    } catch (IOException e) {
      throw new AssertionError("this test needs " + compiler, e);
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}

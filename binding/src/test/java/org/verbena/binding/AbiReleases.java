package org.verbena.binding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Compares the binding with the headers of other releases and processors; {@code
 * native-headers/abi-check} fetches them and runs this. What Verbena uses must be the same in all.
 */
final class AbiReleases {
  private final Path project;
  private final UsedNames used;
  private boolean agree = true;

  private AbiReleases(Path project) throws IOException {
    this.project = project;
    used =
        new UsedNames(List.of(GeneratedAbi.classes(), project.resolve("ndk-api/target/classes")));
  }

  /**
   * Prints a table.
   *
   * @param arguments the folder of the project, then folders of headers: {@code RELEASE-PROCESSOR}
   *     with {@code usr/include} and a file {@code versions}
   */
  public static void main(String... arguments) throws Exception {
    AbiReleases releases = new AbiReleases(Path.of(arguments[0]));
    if (releases.used.count() < 200 || arguments.length < 2) {
      throw new AssertionError("nothing to compare");
    }
    System.out.printf(
        "%-16s %-52s %7s %7s %9s %6s%n",
        "Headers", "", "structs", "offsets", "constants", "differ");
    for (String headers : List.of(arguments).subList(1, arguments.length)) {
      releases.compare(Path.of(headers));
    }
    if (!releases.agree) {
      System.exit(1);
    }
  }

  private void compare(Path headers) throws Exception {
    String name = headers.getFileName().toString();
    boolean arm = name.endsWith("-arm64");
    GeneratedAbi generated = new GeneratedAbi(arm ? Architecture.AARCH64 : Architecture.X86_64);
    Map<String, Long> values =
        read(generated, headers.resolve("usr/include"), arm ? "aarch64" : "x86_64");
    List<AbiDifference> differences = AbiDifference.between(generated.values, values);
    Predicate<AbiDifference> isUsed = difference -> used.contain(difference.name());
    List<AbiDifference> others =
        differences.stream().filter(difference -> !difference.isGrowth()).toList();
    List<AbiDifference> wrong = others.stream().filter(isUsed).toList();

    System.out.printf(
        "%-16s %-52s %7d %7d %9d %6d%n",
        name,
        Files.readString(headers.resolve("versions")).strip(),
        generated.structs,
        generated.sizesAndOffsets(),
        generated.constants,
        differences.size());
    List<String> moved = wrong.stream().map(AbiDifference::name).toList();
    for (AbiDifference struct : differences) {
      if (struct.isGrowth()) {
        List<String> fields = new ArrayList<>(used.fieldsOf(struct.name()));
        fields.removeAll(moved);
        print("longer: " + struct + "; used of it, and not moved", fields);
      }
    }
    print("not used", others.stream().filter(isUsed.negate()).toList());
    print("WRONG", wrong);
    agree &= wrong.isEmpty();
  }

  /** Only these headers and the compiler's own are to be found, not this machine's. */
  private Map<String, Long> read(GeneratedAbi generated, Path include, String processor)
      throws IOException, InterruptedException {
    String triplet = processor + "-linux-gnu";
    String gcc = triplet + "-gcc";
    String own = HeaderAbi.run(List.of(gcc, "-print-file-name=include")).strip();
    List<String> compiler = new ArrayList<>(List.of(gcc, "-nostdinc"));
    for (String folder : List.of(own, "" + include.resolve(triplet), "" + include)) {
      compiler.addAll(List.of("-isystem", folder));
    }
    return new HeaderAbi(project).read(generated.probe, compiler);
  }

  private static void print(String what, List<?> names) {
    if (!names.isEmpty()) {
      System.out.println(
          "    " + what + ": " + String.join(", ", names.stream().map(String::valueOf).toList()));
    }
  }
}

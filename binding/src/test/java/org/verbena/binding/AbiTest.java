package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.UnionLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.verbena.binding.rdma.RdmaCore;

/**
 * Compares every generated struct, field offset and constant with the headers of this machine:
 * {@code native-headers/abi_probe.c} is compiled with the list of what the generated classes hold.
 */
class AbiTest {
  private static final Path HEADERS = Path.of("..", "native-headers");

  @TempDir Path directory;

  private final Map<String, Long> expected = new TreeMap<>();
  private final List<String> probe = new ArrayList<>();

  @Test
  void everyGeneratedStructFieldAndConstantMatchesTheHeaders() throws Exception {
    Map<String, GroupLayout> layouts = generatedLayouts();
    layouts.forEach(this::addStruct);
    int constants = addConstants();
    assertTrue(layouts.size() > 50, "generated structs: " + layouts.size());
    assertTrue(constants > 100, "generated constants: " + constants);

    Files.write(directory.resolve("abi_probe.inc"), probe);
    Path program = directory.resolve("abi_probe");
    run("gcc", "-o", "" + program, "-I", "" + directory, "" + HEADERS.resolve("abi_probe.c"));
    Map<String, Long> actual = new TreeMap<>();
    for (String line : run("" + program)) {
      String[] words = line.split(" ");
      actual.put(words[0], Long.valueOf(words[1]));
    }

    assertEquals(expected, actual);
    System.out.printf(
        "ABI: %d structs and unions, %d sizes and offsets, %d constants agree: %s%n",
        layouts.size(), expected.size() - constants, constants, String.join(" ", layouts.keySet()));
  }

  /** The layouts of all top-level classes that jextract wrote, except the header class. */
  private static Map<String, GroupLayout> generatedLayouts() throws Exception {
    Path classes =
        Path.of(RdmaCore.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("org/verbena/binding/rdma");
    Map<String, GroupLayout> layouts = new TreeMap<>();
    try (Stream<Path> files = Files.list(classes)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        if (!name.startsWith("RdmaCore") && !name.contains("$")) {
          Class<?> type = Class.forName("org.verbena.binding.rdma." + name);
          layouts.put(name, (GroupLayout) type.getMethod("layout").invoke(null));
        }
      }
    }
    return layouts;
  }

  private void addStruct(String name, GroupLayout layout) {
    // A union that has only a typedef's name is anonymous to jextract.
    boolean typedef = layout.name().orElse("").startsWith("$anon$");
    String keyword = layout instanceof UnionLayout ? "union " : "struct ";
    String type = typedef ? name : keyword + name;
    expected.put(name, layout.byteSize());
    probe.add("SIZE(\"%s\", %s)".formatted(name, type));
    addFields(type, name, "", layout, 0);
  }

  private void addFields(String type, String struct, String prefix, GroupLayout group, long base) {
    long offset = base;
    for (MemoryLayout member : group.memberLayouts()) {
      String name = member.name().orElse("");
      if (!(member instanceof PaddingLayout)) {
        // The members of an anonymous union belong to the struct around it.
        boolean anonymous = name.isEmpty() || name.startsWith("$anon$");
        String field = anonymous ? prefix : prefix + (prefix.isEmpty() ? "" : ".") + name;
        if (!anonymous) {
          expected.put(struct + "." + field, offset);
          probe.add("FIELD(\"%s.%s\", %s, %s)".formatted(struct, field, type, field));
        }
        if (member instanceof GroupLayout inner) {
          addFields(type, struct, field, inner, offset);
        }
      }
      offset += group instanceof UnionLayout ? 0 : member.byteSize();
    }
  }

  private int addConstants() throws ReflectiveOperationException {
    int count = 0;
    for (Method method : RdmaCore.class.getDeclaredMethods()) {
      boolean constant =
          Modifier.isPublic(method.getModifiers())
              && method.getParameterCount() == 0
              && method.getReturnType() == int.class
              && method.getName().equals(method.getName().toUpperCase());
      if (constant) {
        expected.put(method.getName(), (long) (int) method.invoke(null));
        probe.add("CONSTANT(%s)".formatted(method.getName()));
        count++;
      }
    }
    return count;
  }

  private List<String> run(String... command) throws IOException, InterruptedException {
    File output = directory.resolve("output.txt").toFile();
    Process process;
    try {
      process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
    } catch (IOException e) {
      throw new IOException("this test needs gcc; Debian: apt install gcc libc6-dev", e);
    }
    int exit = process.waitFor();
    List<String> lines = Files.readAllLines(output.toPath());
    assertEquals(
        0,
        exit,
        () ->
            "this test needs rdma-core's headers (Debian: libibverbs-dev librdmacm-dev)\n"
                + String.join("\n", lines));
    return lines;
  }
}

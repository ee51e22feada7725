package org.verbena.binding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.UnionLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.verbena.binding.rdma.RdmaCore;

/** What the generated classes say of structs, fields and constants, and how to ask a compiler. */
final class GeneratedAbi {
  private final Map<String, Long> values = new TreeMap<>();
  private final List<String> probe = new ArrayList<>();
  private int structs;
  private int constants;

  private GeneratedAbi() {}

  static GeneratedAbi read() throws Exception {
    GeneratedAbi abi = new GeneratedAbi();
    Map<String, GroupLayout> layouts = layouts();
    layouts.forEach(abi::addStruct);
    abi.structs = layouts.size();
    abi.addConstants();
    return abi;
  }

  /** Sizes by the struct's name, offsets by struct.field, and constants. */
  Map<String, Long> values() {
    return values;
  }

  /** The lines of abi_probe.inc. */
  List<String> probe() {
    return probe;
  }

  int structs() {
    return structs;
  }

  int constants() {
    return constants;
  }

  /** The folder of the compiled classes. */
  static Path classes() {
    try {
      return Path.of(RdmaCore.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The layouts of all top-level classes that jextract wrote, except the header class. */
  private static Map<String, GroupLayout> layouts() throws Exception {
    Map<String, GroupLayout> layouts = new TreeMap<>();
    try (Stream<Path> files = Files.list(classes().resolve("org/verbena/binding/rdma"))) {
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
    values.put(name, layout.byteSize());
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
          values.put(struct + "." + field, offset);
          probe.add("FIELD(\"%s.%s\", %s, %s)".formatted(struct, field, type, field));
        }
        if (member instanceof GroupLayout inner) {
          addFields(type, struct, field, inner, offset);
        }
      }
      offset += group instanceof UnionLayout ? 0 : member.byteSize();
    }
  }

  private void addConstants() throws ReflectiveOperationException {
    for (Method method : RdmaCore.class.getDeclaredMethods()) {
      boolean constant =
          Modifier.isPublic(method.getModifiers())
              && method.getParameterCount() == 0
              && method.getReturnType() == int.class
              && method.getName().equals(method.getName().toUpperCase());
      if (constant) {
        values.put(method.getName(), (long) (int) method.invoke(null));
        probe.add("CONSTANT(%s)".formatted(method.getName()));
        constants++;
      }
    }
  }

  /**
   * Whether the code of this project uses a size, an offset or a constant: it names a field with
   * its struct, and allocates or walks through structs whose layout it names.
   */
  static boolean isUsed(String name, String sources) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return sources.contains(name + ".layout()") || sources.contains("RdmaCore." + name + "()");
    }
    String field = name.substring(name.lastIndexOf('.') + 1);
    String struct = name.substring(0, dot);
    return sources.contains(struct + "." + field + "(")
        || sources.contains(struct + "." + name.substring(dot + 1) + "$offset")
        || sources.contains(name + "$offset");
  }

  /** All sources of this project that use the binding, but its own tests. */
  static String sources() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (String root : List.of("binding", "ndk-api", "benchmarks", "examples")) {
      try (Stream<Path> files = Files.walk(Path.of("..", root))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.toString().contains("/src/generated/"))
            .filter(file -> !file.toString().contains("/src/test/"))
            .forEach(file -> append(sources, file));
      }
    }
    return sources.toString();
  }

  private static void append(StringBuilder target, Path file) {
    try {
      target.append(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

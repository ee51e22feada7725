package org.verbena.binding;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.UnionLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.verbena.binding.rdma.RdmaCore;

/**
 * What the binding says of C: {@code ibv_qp} is the size of the struct, {@code ibv_qp.qp_num} an
 * offset, {@code ibv_qp.qp_num$bytes} the size of that field, {@code EAGAIN} a constant.
 */
final class GeneratedAbi {
  /** What is used by way of {@link Architecture} only. */
  static final Set<String> OF_ARCHITECTURE = Set.of("ibv_context.abi_compat", "SYS_membarrier");

  final Map<String, Long> values = new TreeMap<>();

  /** The lines of {@code abi_probe.inc}, which ask the headers for the same. */
  final List<String> probe = new ArrayList<>();

  private final Map<String, GroupLayout> layouts;
  final int structs;
  final int constants;

  GeneratedAbi(Architecture architecture) throws IOException, ReflectiveOperationException {
    layouts = layouts();
    layouts.forEach(this::addStruct);
    structs = layouts.size();
    addConstants();
    values.put("SYS_membarrier", architecture.membarrier());
    probe.add("CONSTANT(SYS_membarrier)");
    values.put("ibv_context.abi_compat", architecture.abiCompatOffset());
    values.put("ibv_context.mutex$bytes", architecture.mutexBytes());
    values.put("verbs_context.context$bytes", architecture.contextBytes());
    constants = (int) values.keySet().stream().filter(name -> name.matches("[A-Z]\\w+")).count();
  }

  int sizesAndOffsets() {
    return values.size() - constants;
  }

  /** Where the generated classes are. */
  static Path classes() {
    return Path.of(
        URI.create("" + RdmaCore.class.getProtectionDomain().getCodeSource().getLocation()));
  }

  /** The layouts of all top-level classes that jextract wrote, except the header class. */
  private static Map<String, GroupLayout> layouts()
      throws IOException, ReflectiveOperationException {
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
    String type = (layout instanceof UnionLayout ? "union " : "struct ") + name;
    values.put(name, layout.byteSize());
    probe.add("SIZE(\"%s\", %s)".formatted(name, type));
    // This one grows at its start: the library finds its members from the last.
    String origin = name.equals("verbs_context") ? "context" : null;
    long start = origin == null ? 0 : layout.byteOffset(PathElement.groupElement(origin));
    String from = origin == null ? "0" : "offsetof(%s, %s)".formatted(type, origin);
    addFields(type, name, "", layout, -start, from);
  }

  private void addFields(
      String type, String struct, String prefix, GroupLayout group, long base, String from) {
    long offset = base;
    for (MemoryLayout member : group.memberLayouts()) {
      String name = member.name().orElse("");
      if (!(member instanceof PaddingLayout)) {
        // The members of an anonymous union belong to the struct around it.
        boolean anonymous = name.isEmpty() || name.startsWith("$anon$");
        String field = anonymous ? prefix : prefix + (prefix.isEmpty() ? "" : ".") + name;
        if (!anonymous) {
          String path = struct + "." + field;
          values.put(path, offset);
          values.put(path + "$bytes", member.byteSize());
          probe.add("FIELD(\"%s\", %s, %s, %s)".formatted(path, type, field, from));
        }
        if (member instanceof GroupLayout inner && !isTopLevel(inner)) {
          addFields(type, struct, field, inner, offset, from);
        }
      }
      offset += group instanceof UnionLayout ? 0 : member.byteSize();
    }
  }

  /** Such a struct is compared on its own. */
  private boolean isTopLevel(GroupLayout group) {
    return layouts.values().stream()
        .anyMatch(layout -> layout.memberLayouts().equals(group.memberLayouts()));
  }

  private void addConstants() throws ReflectiveOperationException {
    for (Method method : RdmaCore.class.getDeclaredMethods()) {
      boolean constant =
          Modifier.isPublic(method.getModifiers())
              && method.getParameterCount() == 0
              && method.getReturnType() == int.class
              && method.getName().equals(method.getName().toUpperCase(Locale.ROOT));
      if (constant) {
        values.put(method.getName(), (long) (int) method.invoke(null));
        probe.add("CONSTANT(%s)".formatted(method.getName()));
      }
    }
  }
}

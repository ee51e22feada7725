package org.verbena.binding;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.verbena.binding.Downcalls.Downcall;
import org.verbena.binding.rdma.RdmaCore;

/**
 * Writes the metadata of the downcalls that GraalVM's {@code native-image} needs. The build runs it
 * on the compiled classes; the jar contains the file but not this class.
 */
final class ReachabilityMetadata {
  private ReachabilityMetadata() {}

  /**
   * Writes the file.
   *
   * @param arguments the folder of the compiled classes, and the file to write
   */
  public static void main(String... arguments) throws IOException, ReflectiveOperationException {
    Path file = Path.of(arguments[1]);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json(Path.of(arguments[0])));
  }

  static String json(Path classes) throws IOException, ReflectiveOperationException {
    initialize(classes);
    Set<String> entries = new TreeSet<>();
    for (Downcall downcall : Downcalls.made()) {
      entries.add(entry(downcall.descriptor(), downcall.options()));
    }
    for (Method method : RdmaCore.class.getMethods()) {
      if (method.getName().endsWith("$descriptor")) {
        entries.add(entry((FunctionDescriptor) method.invoke(null), List.of()));
      }
    }
    return """
        {
          "foreign": {
            "downcalls": [
        %s
            ]
          }
        }
        """
        .formatted(String.join(",\n", entries));
  }

  /** A class makes its handles when it is initialized. */
  private static void initialize(Path classes) throws IOException, ReflectiveOperationException {
    String folder = ReachabilityMetadata.class.getPackageName().replace('.', '/');
    try (Stream<Path> files = Files.list(classes.resolve(folder))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        String name = classes.relativize(file).toString().replace('/', '.');
        Class.forName(name.replaceFirst("\\.class$", ""));
      }
    }
  }

  private static String entry(FunctionDescriptor descriptor, List<Linker.Option> options) {
    String returnType = descriptor.returnLayout().map(ReachabilityMetadata::type).orElse("void");
    String parameters =
        descriptor.argumentLayouts().stream()
            .map(layout -> '"' + type(layout) + '"')
            .collect(Collectors.joining(", "));
    String text =
        "\"returnType\": \"%s\", \"parameterTypes\": [%s]".formatted(returnType, parameters);
    if (!options.isEmpty()) {
      int variadic = descriptor.argumentLayouts().size() - 1;
      text +=
          options.stream()
              .map(option -> option(option, variadic))
              .collect(Collectors.joining(", ", ", \"options\": {", "}"));
    }
    return "      {" + text + "}";
  }

  /** The names of JNI's types are the same on all platforms. */
  private static String type(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "void*";
      case ValueLayout value -> "j" + value.carrier();
      default -> throw new IllegalArgumentException("a struct is passed by value: " + layout);
    };
  }

  private static String option(Linker.Option option, int lastArgument) {
    if (option.equals(Linker.Option.captureCallState("errno"))) {
      return "\"captureCallState\": true";
    }
    if (option.equals(Linker.Option.critical(false))) {
      return "\"critical\": {\"allowHeapAccess\": false}";
    }
    for (int index = 0; index <= lastArgument; index++) {
      if (option.equals(Linker.Option.firstVariadicArg(index))) {
        return "\"firstVariadicArg\": " + index;
      }
    }
    throw new IllegalArgumentException("no metadata is known for " + option);
  }
}

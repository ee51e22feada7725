package org.verbena.benchmarks;

import java.util.Arrays;
import java.util.List;

/** The ways to the driver from Java that are compared with C. */
enum Library {
  VERBENA("verbena", DataPath.class),
  RAW("ffm", RawDataPath.class),
  DISNI(
      "disni",
      DisniDataPath.class,
      "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
      "-Djava.library.path=" + System.getenv("DISNI_HOME"));

  /** Its name in the results. */
  final String id;

  final Class<?> benchmarks;
  final List<String> jvmArguments;

  Library(String id, Class<?> benchmarks, String... jvmArguments) {
    this.id = id;
    this.benchmarks = benchmarks;
    this.jvmArguments = List.of(jvmArguments);
  }

  /** Its benchmark of an operation. */
  String method(Operation operation) {
    return this == VERBENA ? operation.id : operation.counterpart;
  }

  /** Whether it is here and has the operation. */
  boolean measures(Operation operation) {
    return (this != DISNI || System.getenv("DISNI_HOME") != null)
        && Arrays.stream(benchmarks.getMethods())
            .anyMatch(method -> method.getName().equals(method(operation)));
  }
}

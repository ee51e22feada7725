package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** All foreign calls are made by the binding, whose jar lists them for GraalVM. */
class ForeignCallsTest {
  // Making a downcall handle, calling through jextract's classes, making an upcall stub.
  private static final Predicate<String> FOREIGN =
      Pattern.compile(
              "^java/lang/foreign/Linker\\."
                  + "|^org/verbena/binding/rdma/.*\\.(makeInvoker|invoke|allocate:.*Function;)")
          .asPredicate();

  @Test
  void noneIsMadeHere() throws IOException {
    Set<String> references = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("target/classes"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
          if (entry instanceof MemberRefEntry member) {
            references.add(text(member));
          }
        }
      }
    }
    assertTrue(references.stream().anyMatch(name -> name.startsWith("org/verbena/binding/rdma/")));
    assertEquals(List.of(), references.stream().filter(FOREIGN).toList());
  }

  private static String text(MemberRefEntry member) {
    return "%s.%s:%s"
        .formatted(
            member.owner().asInternalName(),
            member.name().stringValue(),
            member.type().stringValue());
  }
}

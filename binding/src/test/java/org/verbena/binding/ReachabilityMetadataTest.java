package org.verbena.binding;

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

/** The metadata in the jar is of all downcalls there are, as GraalVM 25 reads it. */
class ReachabilityMetadataTest {
  private static final String FILE =
      "META-INF/native-image/org.verbena/verbena-binding/reachability-metadata.json";

  private final Path classes = GeneratedAbi.classes();
  private final List<String> lines;

  ReachabilityMetadataTest() throws IOException {
    lines = Files.readAllLines(classes.resolve(FILE));
  }

  @Test
  void theFileOfTheBuildIsOfTheseClasses() throws Exception {
    assertEquals(ReachabilityMetadata.json(classes), String.join("\n", lines) + "\n");
  }

  @Test
  void eachKindOfCallIsThere() {
    for (String entry :
        List.of(
            // ibv_poll_cq, rdma_create_event_channel, fcntl, epoll_wait
            "\"jint\", \"parameterTypes\": [\"jlong\", \"jint\", \"jlong\"], \"options\": {\"critical\": {\"allowHeapAccess\": false}}",
            "\"void*\", \"parameterTypes\": [], \"options\": {\"captureCallState\": true}",
            "\"jint\", \"parameterTypes\": [\"jint\", \"jint\", \"jint\"], \"options\": {\"firstVariadicArg\": 2}",
            "\"jint\", \"parameterTypes\": [\"jint\", \"void*\", \"jint\", \"jint\"]")) {
      String line = "      {\"returnType\": " + entry + "}";
      assertTrue(lines.contains(line) || lines.contains(line + ","), entry);
    }
  }

  /** Calls that go another way would not be in the metadata. */
  @Test
  void onlyDowncallsMakesHandles() throws IOException {
    Predicate<String> foreign =
        Pattern.compile(
                "^java/lang/foreign/Linker\\.(downcallHandle|upcallStub)"
                    + "|^org/verbena/binding/rdma/.*\\.(makeInvoker|invoke|allocate:.*Function;)")
            .asPredicate();
    Set<String> makers = new TreeSet<>();
    try (Stream<Path> files = Files.list(classes.resolve("org/verbena/binding"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
          if (entry instanceof MemberRefEntry member && foreign.test(text(member))) {
            makers.add(file.getFileName().toString());
          }
        }
      }
    }
    assertEquals(Set.of("Downcalls.class"), makers);
  }

  private static String text(MemberRefEntry member) {
    return "%s.%s:%s"
        .formatted(
            member.owner().asInternalName(),
            member.name().stringValue(),
            member.type().stringValue());
  }
}

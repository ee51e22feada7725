package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example in the README compiles and does what the README says. */
@Timeout(300) // JVMs start slowly on a busy emulated machine
class ReadmeExampleTest {
  private static final Path README = Path.of("..", "..", "README.md");
  private static final Pattern EXAMPLE =
      Pattern.compile("<!-- (\\w+)\\.java -->\n```java\n(.*?)```\n", Pattern.DOTALL);

  @TempDir Path folder;
  private String name;

  @BeforeEach
  void compile() throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(README));
    assertTrue(example.find(), "no example in the README");
    name = example.group(1);
    String source = example.group(2);
    assertTrue(source.lines().count() <= 33, "the example has grown too long");
    Path file = Files.writeString(folder.resolve(name + ".java"), source);

    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of(
                    "-Xlint:all",
                    "-Werror",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-d",
                    folder.toString()),
                null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
            .call();
    assertTrue(compiled, messages::toString);
  }

  @Test
  void itCompiles() {
    assertTrue(Files.exists(folder.resolve(name + ".class")));
  }

  @Test
  @Tag("device")
  @Tag("long")
  void itRuns() throws Exception {
    try (Program program = Program.process(folder, name, System.getenv("VERBENA_ADDR_A"))) {
      assertEquals(List.of("SUCCESS, SUCCESS: Hello, RDMA"), program.awaitEnd(0));
    }
  }
}

package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every generated struct, field offset and constant with the headers of this machine. */
@Tag("release")
class AbiTest {
  @TempDir Path directory;

  @Test
  void everyGeneratedStructFieldAndConstantMatchesTheHeaders() throws Exception {
    GeneratedAbi generated = GeneratedAbi.read();
    assertTrue(generated.structs() > 50, "generated structs: " + generated.structs());
    assertTrue(generated.constants() > 100, "generated constants: " + generated.constants());
    assertEquals(generated.values(), new AbiProbe(directory, "gcc", List.of()).ask(generated));
  }
}

package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares every generated struct, field and constant with the headers of this machine. */
@Tag("release")
class AbiTest {
  private final GeneratedAbi generated;

  AbiTest() throws Exception {
    generated = new GeneratedAbi(Architecture.CURRENT);
  }

  @Test
  void everyGeneratedStructFieldAndConstantMatchesTheHeaders() throws Exception {
    assertTrue(generated.structs > 50, "generated structs: " + generated.structs);
    assertTrue(generated.constants > 100, "generated constants: " + generated.constants);

    Map<String, Long> headers = new HeaderAbi(Path.of("..")).read(generated.probe, List.of("gcc"));

    List<AbiDifference> differences = AbiDifference.between(generated.values, headers);
    assertEquals(
        List.of(), differences.stream().filter(difference -> !difference.isGrowth()).toList());
    System.out.printf(
        "ABI: %d structs and unions, %d sizes and offsets, %d constants agree; grown: %s%n",
        generated.structs, generated.sizesAndOffsets(), generated.constants, differences);
  }

  /** Names that start with two underscores are the C library's own. */
  @Test
  void noPrivateMemberOfTheCLibraryIsInTheBinding() {
    Predicate<String> reserved = Pattern.compile("(^|\\.)__").asPredicate();
    assertEquals(List.of(), generated.values.keySet().stream().filter(reserved).toList());
  }
}

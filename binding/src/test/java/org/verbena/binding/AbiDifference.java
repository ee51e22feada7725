package org.verbena.binding;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where headers say something else than the binding.
 *
 * @param name as {@link GeneratedAbi} has it
 * @param generated the binding's value
 * @param header theirs
 */
record AbiDifference(String name, long generated, long header) {
  /** Structs that may grow at their end, as callers say how long theirs is. */
  private static final Set<String> SIZE_IS_PASSED =
      Set.of("ibv_device_attr_ex", "ibv_gid_entry", "ibv_port_attr");

  /** Compares all values; both sides must have the same names. */
  static List<AbiDifference> between(Map<String, Long> generated, Map<String, Long> headers) {
    if (!generated.keySet().equals(headers.keySet())) {
      throw new AssertionError("the probe has other names than were asked for");
    }
    List<AbiDifference> differences = new ArrayList<>();
    generated.forEach(
        (name, value) -> {
          if (!value.equals(headers.get(name))) {
            differences.add(new AbiDifference(name, value, headers.get(name)));
          }
        });
    return differences;
  }

  /** Tells whether a struct has grown, and in a way that programs need not know of. */
  boolean isGrowth() {
    return header > generated && (SIZE_IS_PASSED.contains(name) || name.equals("verbs_context"));
  }

  @Override
  public String toString() {
    return name + " " + generated + " is " + header;
  }
}

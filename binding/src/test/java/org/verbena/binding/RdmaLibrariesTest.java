package org.verbena.binding;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RdmaLibrariesTest {
  @Test
  void theInstalledLibrariesAreFound() {
    RdmaLibraries.require();
  }

  @Test
  void aMissingLibraryIsNamedWithItsPackage() {
    UnsupportedOperationException e =
        assertThrows(
            UnsupportedOperationException.class,
            () -> RdmaLibraries.require("libnowhere.so.1", "libnowhere1"));
    assertTrue(e.getMessage().contains("libnowhere.so.1"), e.getMessage());
    assertTrue(e.getMessage().contains("apt install libnowhere1"), e.getMessage());
  }
}

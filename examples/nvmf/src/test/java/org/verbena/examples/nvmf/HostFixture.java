package org.verbena.examples.nvmf;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The kernel's target, and a host for all tests of a class. */
@ExtendWith(KernelTarget.class)
abstract class HostFixture {
  static NvmfHost host;

  @BeforeAll
  static void openHost() throws IOException {
    host = NvmfHost.open(KernelTarget.local());
  }

  @AfterAll
  static void closeHost() {
    host.close();
  }
}

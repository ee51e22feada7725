package org.verbena.ndk;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Checks that a test class leaves nothing open, in this process and in the kernel. */
final class NothingLeft implements BeforeAllCallback, AfterAllCallback {
  private ResourceUsage before;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    new Pair().close(); // librdmacm keeps the devices open that it has used
    before = ResourceUsage.now();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    before.awaitAgain("after " + context.getDisplayName());
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sizes far out of range, and the smallest ones. */
@Tag("device")
@ExtendWith(Fixtures.class)
class AdapterLimitsTest {
  private final Side side;
  private final NdkCq cq;

  AdapterLimitsTest(Side side) throws NdkException {
    this.side = side;
    cq = side.cq();
  }

  private void works(QpSizes sizes) throws Exception {
    Await.done(sizes.create(side.pd, cq, cq, 1).closeAsync());
  }

  private void isRefused(QpSizes sizes) {
    NdkException e =
        assertThrows(
            NdkException.class, () -> sizes.create(side.pd, cq, cq, 1), () -> sizes.toString());
    assertEquals(NdkStatus.INVALID_PARAMETER, e.status(), e.getMessage());
  }

  private void cqIsRefused(int depth) {
    NdkException e =
        assertThrows(
            NdkException.class, () -> side.adapter.createCq(depth, null), () -> "" + depth);
    assertEquals(NdkStatus.INVALID_PARAMETER, e.status(), e.getMessage());
  }

  @Test
  @Covers("NdkCreateCq")
  void cqDepth() throws Exception {
    Await.done(side.adapter.createCq(1, null).closeAsync());
    cqIsRefused(Integer.MAX_VALUE);
    cqIsRefused(0);
    cqIsRefused(-1);
  }

  @Test
  @Covers("NdkCreateQp")
  void receiveQueueDepth() throws Exception {
    works(QpSizes.SMALL.withReceiveDepth(1));
    isRefused(QpSizes.SMALL.withReceiveDepth(Integer.MAX_VALUE));
    isRefused(QpSizes.SMALL.withReceiveDepth(0));
    isRefused(QpSizes.SMALL.withReceiveDepth(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void initiatorQueueDepth() throws Exception {
    works(QpSizes.SMALL.withInitiatorDepth(1));
    isRefused(QpSizes.SMALL.withInitiatorDepth(Integer.MAX_VALUE));
    isRefused(QpSizes.SMALL.withInitiatorDepth(0));
    isRefused(QpSizes.SMALL.withInitiatorDepth(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void elementsOfAReceive() throws Exception {
    works(QpSizes.SMALL.withReceiveSge(0));
    isRefused(QpSizes.SMALL.withReceiveSge(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void elementsOfAnInitiatorRequest() throws Exception {
    works(QpSizes.SMALL.withInitiatorSge(0));
    isRefused(QpSizes.SMALL.withInitiatorSge(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void inlineDataSize() throws Exception {
    works(QpSizes.SMALL.withInlineSize(0));
    isRefused(QpSizes.SMALL.withInlineSize(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void aQueuePairNeedsBothCompletionQueues() {
    assertThrows(NullPointerException.class, () -> QpSizes.SMALL.create(side.pd, null, cq, 1));
    assertThrows(NullPointerException.class, () -> QpSizes.SMALL.create(side.pd, cq, null, 1));
  }

  @Test
  @Covers("NdkCreateQp")
  void aCompletionQueueOfAnotherAdapterIsRefused() throws NdkException {
    try (Side other = new Side(RigDevice.A)) {
      NdkCq foreign = other.cq();
      NdkException e =
          assertThrows(NdkException.class, () -> QpSizes.SMALL.create(side.pd, cq, foreign, 1));
      assertEquals(NdkStatus.INVALID_PARAMETER, e.status());
    }
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sizes far out of range, and the smallest valid ones. */
@Tag("device")
@ExtendWith(Fixtures.class)
class AdapterLimitsTest {
  private final Side side;
  private final NdkCq cq;

  AdapterLimitsTest(Side side) throws NdkException {
    this.side = side;
    cq = side.cq();
  }

  private void works(NdkQpSizes sizes) throws Exception {
    Await.done(side.pd.createQp(cq, cq, 1, sizes).closeAsync());
  }

  private void isRefused(NdkQpSizes sizes) {
    NdkException e =
        assertThrows(
            NdkException.class, () -> side.pd.createQp(cq, cq, 1, sizes), () -> sizes.toString());
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
    works(Endpoint.SMALL.withReceiveDepth(1));
    isRefused(Endpoint.SMALL.withReceiveDepth(Integer.MAX_VALUE));
    isRefused(Endpoint.SMALL.withReceiveDepth(0));
    isRefused(Endpoint.SMALL.withReceiveDepth(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void initiatorQueueDepth() throws Exception {
    works(Endpoint.SMALL.withInitiatorDepth(1));
    isRefused(Endpoint.SMALL.withInitiatorDepth(Integer.MAX_VALUE));
    isRefused(Endpoint.SMALL.withInitiatorDepth(0));
    isRefused(Endpoint.SMALL.withInitiatorDepth(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void elementsOfAReceive() throws Exception {
    works(Endpoint.SMALL.withReceiveSge(0));
    isRefused(Endpoint.SMALL.withReceiveSge(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void elementsOfAnInitiatorRequest() throws Exception {
    works(Endpoint.SMALL.withInitiatorSge(0));
    isRefused(Endpoint.SMALL.withInitiatorSge(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void inlineDataSize() throws Exception {
    works(Endpoint.SMALL.withInlineSize(0));
    isRefused(Endpoint.SMALL.withInlineSize(-1));
  }

  @Test
  @Covers("NdkCreateQp")
  void aQueuePairNeedsBothCompletionQueues() {
    assertThrows(NullPointerException.class, () -> side.pd.createQp(null, cq, 1, Endpoint.SMALL));
    assertThrows(NullPointerException.class, () -> side.pd.createQp(cq, null, 1, Endpoint.SMALL));
  }

  @Test
  @Covers("NdkCreateQp")
  void aCompletionQueueOfAnotherAdapterIsRefused() throws NdkException {
    try (Side other = new Side(RigDevice.A)) {
      NdkCq foreign = other.cq();
      NdkException e =
          assertThrows(NdkException.class, () -> side.pd.createQp(cq, foreign, 1, Endpoint.SMALL));
      assertEquals(NdkStatus.INVALID_PARAMETER, e.status());
    }
  }
}

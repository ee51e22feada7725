package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every limit that the adapter tells can be reached, and no more. */
@Tag("device")
class AdapterLimitsTest {
  private Side side;
  private NdkAdapterInfo info;
  private NdkCq cq;

  @BeforeEach
  void open() throws NdkException {
    side = new Side(End.A);
    info = side.info();
    cq = side.cq();
  }

  @AfterEach
  void close() {
    if (side != null) {
      side.close();
    }
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
  void cqDepth() throws Exception {
    Await.done(side.adapter.createCq(1, null).closeAsync());
    Await.done(side.adapter.createCq(info.maxCqDepth(), null).closeAsync());
    cqIsRefused(info.maxCqDepth() + 1);
    cqIsRefused(Integer.MAX_VALUE);
    cqIsRefused(0);
    cqIsRefused(-1);
  }

  @Test
  void receiveQueueDepth() throws Exception {
    works(QpSizes.SMALL.withReceiveDepth(1));
    works(QpSizes.SMALL.withReceiveSge(1).withReceiveDepth(info.maxReceiveQueueDepth()));
    isRefused(QpSizes.SMALL.withReceiveDepth(info.maxReceiveQueueDepth() + 1));
    isRefused(QpSizes.SMALL.withReceiveDepth(Integer.MAX_VALUE));
    isRefused(QpSizes.SMALL.withReceiveDepth(0));
    isRefused(QpSizes.SMALL.withReceiveDepth(-1));
  }

  @Test
  void initiatorQueueDepth() throws Exception {
    works(QpSizes.SMALL.withInitiatorDepth(1));
    works(
        QpSizes.SMALL
            .withInitiatorSge(1)
            .withInlineSize(0)
            .withInitiatorDepth(info.maxInitiatorQueueDepth()));
    isRefused(QpSizes.SMALL.withInitiatorDepth(info.maxInitiatorQueueDepth() + 1));
    isRefused(QpSizes.SMALL.withInitiatorDepth(Integer.MAX_VALUE));
    isRefused(QpSizes.SMALL.withInitiatorDepth(0));
    isRefused(QpSizes.SMALL.withInitiatorDepth(-1));
  }

  @Test
  void elementsOfAReceive() throws Exception {
    works(QpSizes.SMALL.withReceiveSge(0));
    works(QpSizes.SMALL.withReceiveSge(info.maxReceiveRequestSge()));
    isRefused(QpSizes.SMALL.withReceiveSge(info.maxReceiveRequestSge() + 1));
    isRefused(QpSizes.SMALL.withReceiveSge(-1));
  }

  @Test
  void elementsOfAnInitiatorRequest() throws Exception {
    works(QpSizes.SMALL.withInitiatorSge(0));
    works(QpSizes.SMALL.withInitiatorSge(info.maxInitiatorRequestSge()));
    isRefused(QpSizes.SMALL.withInitiatorSge(info.maxInitiatorRequestSge() + 1));
    isRefused(QpSizes.SMALL.withInitiatorSge(-1));
  }

  @Test
  void inlineDataSize() throws Exception {
    works(QpSizes.SMALL.withInlineSize(0));
    works(QpSizes.SMALL.withInlineSize(info.maxInlineDataSize()));
    isRefused(QpSizes.SMALL.withInlineSize(info.maxInlineDataSize() + 1));
    isRefused(QpSizes.SMALL.withInlineSize(-1));
  }

  @Test
  void aQueuePairNeedsBothCompletionQueues() {
    assertThrows(NullPointerException.class, () -> QpSizes.SMALL.create(side.pd, null, cq, 1));
    assertThrows(NullPointerException.class, () -> QpSizes.SMALL.create(side.pd, cq, null, 1));
  }

  @Test
  void aCompletionQueueOfAnotherAdapterIsRefused() throws NdkException {
    try (Side other = new Side(End.A)) {
      NdkCq foreign = other.cq();
      NdkException e =
          assertThrows(NdkException.class, () -> QpSizes.SMALL.create(side.pd, cq, foreign, 1));
      assertEquals(NdkStatus.INVALID_PARAMETER, e.status());
    }
  }
}

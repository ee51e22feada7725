package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.verbena.binding.rdma.RdmaCore;

/** How deep an initiator queue must be, on a device that completes requests when it is told to. */
@Tag("scripted")
@Covers("NdkCreateQp")
class ScriptedSizesTest {
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
  private static final int STEPS = 5000;

  private ScriptedDevice device;
  private Side side;

  @BeforeEach
  void open() throws Exception {
    device = ScriptedDevice.blank();
    side = ScriptedDevice.open();
  }

  @AfterEach
  void close() {
    side.close();
  }

  /** Random traffic with at most so many requests under way; whether there was always room. */
  private boolean hasRoom(int visible, int silent, int depth, long seed) throws Exception {
    Endpoint end = ScriptedDevice.connected(side, Endpoint.SMALL.withInitiatorDepth(depth));
    device.with("hold", 1);
    SplittableRandom random = new SplittableRandom(seed);
    Deque<Boolean> atDevice = new ArrayDeque<>(); // whether each is silent
    int unpolled = 0;
    int silentUnderWay = 0;
    boolean room = true;
    for (int i = 0; i < STEPS && room; i++) {
      boolean isSilent = random.nextInt(visible + silent) < silent;
      if (random.nextInt(3) > 0 && (isSilent ? silentUnderWay < silent : unpolled < visible)) {
        room = end.qp.send(i, null, 0, isSilent ? SILENT : 0) == NdkStatus.SUCCESS;
        atDevice.add(isSilent);
        silentUnderWay += isSilent ? 1 : 0;
        unpolled += isSilent ? 0 : 1;
      } else if (!atDevice.isEmpty()) {
        device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
        silentUnderWay -= atDevice.remove() ? 1 : 0;
      }
      if (random.nextInt(8) == 0) {
        unpolled -= Result.takeAll(end.initiatorCq).size();
      }
    }
    device.with("hold", 0);
    Await.closed(end.connector, end.qp);
    return room;
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "7, 0", "0, 1", "0, 5", "1, 1", "3, 8", "8, 3", "5, 5"})
  void thereIsAlwaysRoomForTheRequestsThatItWasMadeFor(int visible, int silent) throws Exception {
    int depth = Endpoint.SMALL.withInitiatorRequests(visible, silent).initiatorDepth();
    for (long seed = 0; seed < 5; seed++) {
      assertTrue(hasRoom(visible, silent, depth, seed), "seed " + seed);
    }
  }

  @Test
  void silentRequestsNeedMoreThanOnePlaceEach() throws Exception {
    boolean always = true;
    for (long seed = 0; seed < 5; seed++) {
      always &= hasRoom(3, 8, 11, seed);
    }
    assertFalse(always);
  }

  @Test
  void numbersThatNoQueueHasAreRefused() {
    int[][] wrong = {{0, 0}, {-1, 2}, {2, -1}, {1 << 30, 1 << 30}};
    for (int[] numbers : wrong) {
      assertThrows(
          IllegalArgumentException.class,
          () -> NdkQpSizes.DEFAULT.withInitiatorRequests(numbers[0], numbers[1]));
    }
  }
}

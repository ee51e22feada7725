package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bulk data over every route. */
@Tag("device")
@Covers({"NdkRead", "NdkWrite"})
class BulkTransferTest {
  private static final int PIECE = 1 << 20;
  private static final int PIECES = 32;

  /** Posts one piece. */
  private interface Poster {
    NdkStatus post(int piece);
  }

  @ParameterizedTest
  @EnumSource
  void thirtyTwoMibAreWrittenAndReadBack(Route route) throws Exception {
    try (Pair pair = new Pair(route, Endpoint.SMALL)) {
      Buffer source = pair.client.side.buffer((long) PIECE * PIECES).fill(route.ordinal());
      Buffer target = pair.server.side.buffer((long) PIECE * PIECES);
      NdkQp qp = pair.client.qp;
      int token = target.remoteToken();
      all(
          pair.client.initiatorCq,
          piece -> {
            long offset = (long) piece * PIECE;
            return qp.write(
                piece, source.sgl(offset, PIECE), 1, target.address() + offset, token, 0);
          });
      assertTrue(target.hasSameBytesAs(source), "written");

      Buffer back = pair.client.side.buffer((long) PIECE * PIECES);
      all(
          pair.client.initiatorCq,
          piece -> {
            long offset = (long) piece * PIECE;
            return qp.read(piece, back.sgl(offset, PIECE), 1, target.address() + offset, token, 0);
          });
      assertTrue(back.hasSameBytesAs(source), "read");
    }
  }

  /** Keeps the queue full until all pieces have been transferred. */
  private static void all(NdkCq cq, Poster poster) {
    int posted = 0;
    for (int done = 0; done < PIECES; done++) {
      while (posted < PIECES) {
        NdkStatus status = poster.post(posted);
        if (status == NdkStatus.NO_MORE_ENTRIES) {
          break;
        }
        assertEquals(NdkStatus.SUCCESS, status);
        posted++;
      }
      Result.success(cq, done);
    }
  }
}

package org.verbena.benchmarks.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PerftestOutputTest {
  private static final String LINE =
      "---------------------------------------------------------------------------------------\n";

  @Test
  void latencyIsTypicalAnd99thPercentile() throws Exception {
    String output =
        LINE
            + " #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]   "
            + " t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec] \n"
            + " 64      1000          22.89          193.63       25.36    \t       26.73       \t"
            + "6.60   \t\t58.60   \t\t193.63 \n"
            + LINE;
    assertEquals(Map.of("score", 25.36, "p99", 58.6), PerftestOutput.parse(output));
  }

  @Test
  void bandwidthIsAverageAndMessagesPerSecond() throws Exception {
    String output =
        " #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]\n"
            + " 4096       500              46.64              20.39  \t\t   0.005219\n"
            + LINE;
    assertEquals(Map.of("bandwidth", 20.39, "messageRate", 5219.0), PerftestOutput.parse(output));
  }

  @Test
  void anUnknownClockGivesInfiniteTimes() throws Exception {
    String output =
        " #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]   "
            + " t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec] \n"
            + " 64      1000          inf          inf       inf           inf       -nan   inf inf\n";
    assertEquals(Double.POSITIVE_INFINITY, PerftestOutput.parse(output).get("score"));
  }

  @Test
  void outputWithoutResultIsShown() {
    IOException e =
        assertThrows(IOException.class, () -> PerftestOutput.parse("Couldn't connect\n"));
    assertEquals("perftest printed no result:\nCouldn't connect\n", e.getMessage());
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/**
 * Threads make random calls on the same objects, with right and wrong arguments: none crashes,
 * hangs or throws what is not documented; every request and close completes once, and every result
 * that must come does, once.
 *
 * <p>{@code -Djqwik.tries.default} sets the number of rounds. The calls of a round that fails can
 * be made again by its seed, which jqwik prints; not the order in which threads make them.
 */
@Tag("device")
@Tag("long")
class MisuseTest {
  private static final int THREADS = 4;
  private static final int CALLS = 2000; // of each
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private long calls;
  private long results;
  private long successes;
  private final Logger logger = Logger.getLogger("org.verbena.ndk");
  private Sides sides;

  @BeforeProperty
  void open() throws NdkException {
    logger.setLevel(Level.OFF); // the callbacks that throw
    sides = new Sides();
  }

  @AfterProperty
  void close() {
    try {
      assertTimeoutPreemptively(LIMIT, sides::close);
    } finally {
      logger.setLevel(null);
    }
    System.out.println(
        "%d calls, %d results, %d of them successes".formatted(calls, results, successes));
    // Most calls may come after a connection has ended; a round that failed says why.
    assertTrue(calls == 0 || successes > 0, "no connection lasted");
  }

  @Property(shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void everythingEndsOnce(@ForAll("threads") List<List<MisuseStep>> threads, @ForAll boolean srq)
      throws Exception {
    MisuseLedger ledger = new MisuseLedger();
    MisuseRound round = new MisuseRound(sides, srq, ledger);
    round.run(threads);
    round.end();
    calls += THREADS * CALLS;
    results += ledger.results();
    successes += ledger.successes();
  }

  @Provide
  Arbitrary<List<List<MisuseStep>>> threads() {
    Arbitrary<Long> seeds = Arbitraries.longs().withDistribution(RandomDistribution.uniform());
    return Combinators.combine(calls(), Arbitraries.of(true, false), seeds)
        .as(MisuseStep::new)
        .list()
        .ofSize(CALLS)
        .list()
        .ofSize(THREADS);
  }

  @SuppressWarnings("unchecked")
  private static Arbitrary<MisuseStep.Call> calls() {
    return Arbitraries.frequency(
        Stream.of(MisuseStep.Call.values())
            .map(call -> Tuple.of(call.weight, call))
            .toArray(Tuple2[]::new));
  }
}

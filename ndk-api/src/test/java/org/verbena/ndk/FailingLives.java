package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lives one {@link Life} for each thing in it that can fail, in which this fails. Each life must
 * end, in time, with a status or as if nothing had failed, and leave nothing behind. Prints what
 * they ended with.
 */
final class FailingLives {
  /** Above the longest time that a call may take: a flush that the device does not end. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Pattern ASSERTION = Pattern.compile("but was: <(?:\\[?)([A-Z_]+)");

  /** What can be made to fail in a life, one at a time. */
  interface Failures {
    /** What has happened since the last point was armed. */
    List<? extends Point> points();

    /** Nothing fails from now on. */
    void failNone();

    /** Whether the point that was armed last has been reached, and failed. */
    boolean hasFailed();
  }

  /** One thing that can fail. */
  interface Point {
    /** The kind of what fails, for the summary. */
    String kind();

    /** Makes it fail in the next life. */
    void arm();
  }

  private final Map<String, Map<String, Integer>> outcomes = new TreeMap<>();
  private final Failures failures;
  private ResourceUsage before;
  private int failed;
  private int wrong;

  private FailingLives(Failures failures) {
    this.failures = failures;
  }

  /** Lives all lives, then exits with the number of those that went wrong, or 1 if none failed. */
  static void liveAndExit(Failures failures) throws Exception {
    System.exit(Math.min(new FailingLives(failures).run(), 100));
  }

  private int run() throws Exception {
    Life.live(); // loads classes, and probes the devices
    failures.failNone();
    Life.live();
    List<? extends Point> points = failures.points();
    before = ResourceUsage.now();
    points.forEach(this::live);
    failures.failNone();
    Life.live();
    before.awaitAgain("all lives");
    outcomes.forEach((kind, ends) -> System.out.println(kind + ": " + ends));
    System.out.printf(
        "%d lives, in %d of them the point was reached and failed, %d went wrong%n",
        points.size(), failed, wrong);
    return failed == 0 ? 1 : wrong;
  }

  private void live(Point point) {
    point.arm();
    long start = System.nanoTime();
    String end;
    try {
      end = end();
      if (failures.hasFailed()) {
        failed++;
      } else {
        end = "did not come";
      }
      before.awaitSame(point.toString());
    } catch (Throwable e) {
      wrong++;
      end = "WRONG";
      System.out.println(point + ":");
      e.printStackTrace(System.out);
      before = ResourceUsage.now();
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    System.out.println(point + ": " + end + ", " + millis + " ms");
    outcomes.computeIfAbsent(point.kind(), _ -> new TreeMap<>()).merge(end, 1, Integer::sum);
  }

  /** Lives, and returns how it ended. */
  private static String end() throws Throwable {
    try {
      assertTimeoutPreemptively(LIMIT, Life::live);
      return "absorbed";
    } catch (Throwable e) {
      return status(e).orElseThrow(() -> e);
    }
  }

  private static Optional<String> status(Throwable e) {
    if (e instanceof NdkException ndk) {
      return Optional.of(ndk.status().name());
    }
    if (e instanceof OutOfMemoryError) {
      return Optional.of("OutOfMemoryError");
    }
    Matcher assertion = ASSERTION.matcher(String.valueOf(e.getMessage()));
    if (assertion.find()) {
      return Optional.of(assertion.group(1));
    }
    return e.getCause() == null ? Optional.empty() : status(e.getCause());
  }
}

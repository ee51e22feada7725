package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.FailingCalls.Point;

/**
 * A program of its own, started with failing.so preloaded: lives one {@link Life} for each call of
 * rdma-core's libraries that a life makes, in which this call fails. Each life must end, in time,
 * with a status or as if nothing had failed, and leave nothing behind. Prints what they ended with;
 * the exit code is the number of lives that went wrong. Its arguments are the functions that fail,
 * with each errno; without any all do, with the errno values in turn.
 */
final class FailingLives {
  /** Above the longest time that a call may take: a flush that the device does not end. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Pattern ASSERTION = Pattern.compile("but was: <(?:\\[?)([A-Z_]+)");

  /** The manual pages name no other values, or none at all. */
  private static final List<Integer> ERRORS = List.of(RdmaCore.ENOMEM(), RdmaCore.EINVAL());

  private final Map<String, Map<String, Integer>> outcomes = new TreeMap<>();
  private final List<String> functions;
  private ResourceUsage before;
  private int lives;
  private int failed;
  private int wrong;

  private FailingLives(List<String> functions) {
    this.functions = functions;
  }

  public static void main(String[] arguments) throws Exception {
    System.exit(Math.min(new FailingLives(List.of(arguments)).run(), 100));
  }

  private int run() throws Exception {
    Life.live(); // loads classes, and probes the devices
    FailingCalls.failNone();
    Life.live();
    List<Point> points =
        FailingCalls.points().stream()
            .filter(FailingLives::isNotLikeOthers)
            .filter(point -> functions.isEmpty() || functions.contains(point.name()))
            .toList();
    before = ResourceUsage.now();
    for (Point point : points) {
      for (int errno : errors()) {
        live(point, errno);
      }
    }
    FailingCalls.failNone();
    Life.live();
    before.awaitAgain("all lives");
    outcomes.forEach((function, ends) -> System.out.println(function + ": " + ends));
    System.out.printf(
        "%d calls in a life, %d lives, the call came and failed in %d, %d went wrong%n",
        points.size(), lives, failed, wrong);
    return failed == 0 ? 1 : wrong;
  }

  private List<Integer> errors() {
    return functions.isEmpty() ? List.of(ERRORS.get(lives % ERRORS.size())) : ERRORS;
  }

  /** The GID table is long, and its entries are read in the same way. */
  private static boolean isNotLikeOthers(Point point) {
    return !point.name().equals("_ibv_query_gid_ex") || point.number() <= 2;
  }

  private void live(Point point, int errno) {
    lives++;
    FailingCalls.fail(point, errno);
    long start = System.nanoTime();
    String end;
    try {
      end = end();
      if (FailingCalls.hasFailed()) {
        failed++;
      } else {
        end = "did not come";
      }
      before.awaitSame(point.toString());
    } catch (Throwable e) {
      wrong++;
      end = "WRONG";
      System.out.println(point + " with errno " + errno + ":");
      e.printStackTrace(System.out);
      before = ResourceUsage.now();
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    System.out.println(point + " with errno " + errno + ": " + end + ", " + millis + " ms");
    outcomes.computeIfAbsent(point.name(), _ -> new TreeMap<>()).merge(end, 1, Integer::sum);
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
    if (e instanceof ExecutionException) {
      return status(e.getCause());
    }
    Matcher assertion = ASSERTION.matcher(String.valueOf(e.getMessage()));
    return assertion.find() ? Optional.of(assertion.group(1)) : Optional.empty();
  }
}

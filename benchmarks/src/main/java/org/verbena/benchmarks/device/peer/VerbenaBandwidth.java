package org.verbena.benchmarks.device.peer;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.util.Arrays;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkStatus;

/**
 * The loops of ib_send_bw, ib_write_bw and ib_read_bw: as many requests in flight on each queue
 * pair as its depth allows, posted one by one or in chains, and every nth of them with a result.
 */
final class VerbenaBandwidth implements VerbenaWork {
  private static final int BATCH = 16;

  private final Task task;
  private final boolean server;
  private final boolean messages;
  private final boolean read;
  private final int depth;
  private final int chain;
  private final int moderation;
  private final NdkResults results = new NdkResults(BATCH);
  private int[] posted = {};
  private int[] completed = {};

  @SuppressWarnings("NullAway.Init") // by use
  private VerbenaLink link;

  VerbenaBandwidth(Task task, boolean server) {
    this.task = task;
    this.server = server;
    messages = task.messages();
    read = task.operation().equals("read");
    depth = task.number("depth", 1);
    chain = task.number("chain", 1);
    moderation = task.moderation();
  }

  @Override
  public void use(VerbenaLink newLink) {
    link = newLink;
    posted = new int[link.qps.length];
    completed = new int[link.qps.length];
  }

  @Override
  public Figures run() throws InterruptedException {
    int warmUp = task.number("warmup", 0);
    if (server) {
      if (messages) {
        // Both together, as the client does not pause after its warm-up.
        receive((warmUp + task.iterations()) * link.qps.length);
      }
      return Figures.NONE;
    }
    request(warmUp);
    Costs costs = Costs.begin();
    long start = System.nanoTime();
    request(task.iterations());
    double seconds = (System.nanoTime() - start) / 1e9;
    costs.end();
    int operations = task.iterations() * link.qps.length;
    double score =
        switch (task.kind()) {
          case "bandwidth" -> (double) operations * task.bytes() / (1 << 20) / seconds;
          case "messageRate" -> operations / seconds;
          default -> seconds * 1e6 / operations;
        };
    return costs.addTo(new Figures().with("score", score), operations);
  }

  /** Runs this many operations on each queue pair. */
  private void request(int count) {
    Arrays.fill(posted, 0);
    Arrays.fill(completed, 0);
    int left = count * link.qps.length;
    while (left > 0) {
      left -= postAndPoll(count);
    }
  }

  /** A separate method: one that is rarely called starts in the interpreter each time. */
  private int postAndPoll(int count) {
    for (int i = 0; i < link.qps.length; i++) {
      while (posted[i] < count && posted[i] - completed[i] + chain <= depth) {
        postChain(i, count);
      }
    }
    return pollResults();
  }

  private void postChain(int i, int count) {
    for (int n = 1; n < chain; n++) {
      post(i, NDK_OP_FLAG_DEFER | NDK_OP_FLAG_SILENT_SUCCESS);
    }
    int next = posted[i] + 1;
    post(i, next % moderation == 0 || next == count ? 0 : NDK_OP_FLAG_SILENT_SUCCESS);
  }

  private void post(int i, int flags) {
    NdkQp qp = link.qps[i];
    int slot = posted[i] & (link.outgoing.length - 1);
    NdkStatus status;
    if (messages) {
      status = qp.send(i, link.outgoing[slot], 1, flags);
    } else {
      long remoteAddress = link.remoteAddresses[i] + (long) slot * link.step;
      int remoteToken = link.remoteTokens[i];
      status =
          read
              ? qp.read(i, link.outgoing[slot], 1, remoteAddress, remoteToken, flags)
              : qp.write(i, link.outgoing[slot], 1, remoteAddress, remoteToken, flags);
    }
    Requests.posted(status);
    posted[i]++;
  }

  /** Each result also stands for the silent requests before it. */
  private int pollResults() {
    int count = link.sent.getCqResults(results);
    for (int n = 0; n < count; n++) {
      Requests.succeeded(results.status(n));
      completed[(int) results.requestContext(n)] += moderation;
    }
    return count * moderation;
  }

  private void receive(int count) {
    int left = count;
    while (left > 0) {
      left -= pollAndReceive();
    }
  }

  private int pollAndReceive() {
    int polled = link.received.getCqResults(results);
    for (int n = 0; n < polled; n++) {
      Requests.succeeded(results.status(n));
      int i = (int) results.requestContext(n);
      Requests.posted(
          link.srq == null
              ? link.qps[i].receive(i, link.incoming, 1)
              : link.srq.srqReceive(i, link.incoming, 1));
    }
    return polled;
  }
}

package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Controllers are closed in the middle of I/O: each I/O ends exactly once. */
@Tag("device")
@Tag("peer")
@Timeout(120)
class ClosePeerTest extends HostFixture {
  private static final int DEPTH = 16;

  private final List<Long> ended = new ArrayList<>();

  private static Controller connect() throws IOException {
    return host.connect(
        KernelTarget.address(),
        KernelTarget.DELAYED_SUBSYSTEM,
        ConnectOptions.DEFAULT.withQueues(2, DEPTH));
  }

  /** Fills both queues with slow I/O. */
  private static void fill(Controller controller, IoBuffer buffer, IoHandler handler)
      throws IOException {
    Namespace slow = controller.namespace(KernelTarget.SLOW);
    for (int i = 0; i < 2 * DEPTH; i++) {
      assertTrue(controller.queue(i / DEPTH).read(slow, 0, 8, buffer, 0, i, handler));
    }
  }

  private void throwAtTheEnd(long i, int status) {
    ended.add(i);
    throw new ArithmeticException("of " + i);
  }

  private void allHaveEnded() {
    assertEquals(LongStream.range(0, 2 * DEPTH).boxed().toList(), ended.stream().sorted().toList());
  }

  @Test
  void aCloseEndsWhatIsInFlight() throws Exception {
    try (IoBuffer buffer = host.allocate(4096)) {
      Controller controller = connect();
      fill(
          controller,
          buffer,
          (i, status) -> {
            assertEquals(NvmeStatus.ABORTED_BY_HOST, status);
            ended.add(i);
          });
      controller.close();
      allHaveEnded();
      controller.close(); // a second close does nothing
    }
  }

  @Test
  void handlersThatThrowAreAllCalled() throws Exception {
    try (IoBuffer buffer = host.allocate(4096)) {
      Controller controller = connect();
      fill(controller, buffer, this::throwAtTheEnd);
      ArithmeticException e = assertThrows(ArithmeticException.class, controller::close);
      allHaveEnded();
      assertEquals(2 * DEPTH, 1 + count(e));
      controller.close(); // is closed nevertheless
    }
  }

  private static int count(Throwable failure) {
    int count = 0;
    for (Throwable suppressed : failure.getSuppressed()) {
      count += 1 + count(suppressed);
    }
    return count;
  }

  @Test
  void handlersCanStartNoMore() throws Exception {
    try (IoBuffer buffer = host.allocate(4096)) {
      Controller controller = connect();
      Namespace slow = controller.namespace(KernelTarget.SLOW);
      fill(
          controller,
          buffer,
          (i, _) -> {
            ended.add(i);
            IoQueue queue = controller.queue((int) i / DEPTH);
            queue.read(slow, 0, 8, buffer, 0, 100 + i, (again, _) -> ended.add(again));
          });
      IllegalStateException e = assertThrows(IllegalStateException.class, controller::close);
      assertEquals("the controller is closed", e.getMessage());
      allHaveEnded();
      assertEquals(0, controller.queue(0).inFlight());
    }
  }

  /** A handler throws in the middle of a poll: the handlers after it must be called too. */
  @Test
  void aPollTellsOfAllBeforeItThrows() throws Exception {
    try (Controller controller = connect();
        IoBuffer buffer = host.allocate(4096)) {
      fill(controller, buffer, this::throwAtTheEnd);
      for (IoQueue queue : controller.queues()) {
        while (queue.inFlight() > 0) {
          assertThrows(
              ArithmeticException.class,
              () -> queue.await(KernelTarget.SLOW_ANSWER.multipliedBy(4)));
        }
      }
      allHaveEnded();
    }
  }
}

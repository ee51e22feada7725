package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conformance: arming a completion queue, and what satisfies an arm. */
@Tag("device")
@Covers({"NdkCreateCq", "NdkArmCq", "NDK_FN_CQ_NOTIFICATION_CALLBACK"})
class NotificationConformanceTest extends NotificationFixture {
  private static final int SOLICIT = NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;

  NotificationConformanceTest(Sides sides) throws Exception {
    super(sides);
  }

  @Test
  @DisplayName("30. No callback without an arm")
  void withoutAnArm() throws Exception {
    message(1, 0);
    message(2, SOLICIT);
    server.qp.receive(3, null, 0);
    server.qp.flush();
    assertEquals(3, Result.take(cq, 3).size());
    assertNotified(0);
  }

  @Test
  @DisplayName("31. One arm, many completions: one callback")
  void oneArm() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    assertNotified(0);
    for (int i = 0; i < 5; i++) {
      message(i, 0);
    }
    notifications.await(1);
    message(5, 0);
    assertNotified(1);
    assertEquals(6, Result.take(cq, 6).size());
  }

  @Test
  @DisplayName("32. A completion that arrived before the arm fires it at once")
  void resultThereAlready() throws Exception {
    message(1, 0);
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    notifications.await(1);
    assertNotified(1);
    message(2, 0); // not reported by the first callback
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    notifications.await(2);
    assertNotified(2);
    assertEquals(List.of(1L, 2L), Result.contexts(Result.take(cq, 2)));
  }

  @Test
  @DisplayName("33. Arming again without draining: what is new fires")
  void armAgainWithoutDraining() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    message(1, 0);
    notifications.await(1);
    cq.armCq(NDK_CQ_NOTIFY_ANY); // the first result is still there: this may fire for it
    sides.server.settle();
    int before = notifications.statuses().size();
    message(2, 0);
    if (before == 2) {
      cq.armCq(NDK_CQ_NOTIFY_ANY);
    }
    notifications.await(before + 1);
    assertEquals(List.of(1L, 2L), Result.contexts(Result.take(cq, 2)));
  }

  @ParameterizedTest(name = "{displayName} [{0}, then {1}: {2}]")
  @CsvSource({
    "ANY, ANY, ANY",
    "ANY, ERRORS, ANY",
    "ANY, SOLICITED, ANY",
    "ERRORS, ANY, ANY",
    "ERRORS, ERRORS, ERRORS",
    "ERRORS, SOLICITED, SOLICITED",
    "SOLICITED, ANY, ANY",
    "SOLICITED, ERRORS, SOLICITED",
    "SOLICITED, SOLICITED, SOLICITED",
  })
  @DisplayName("34. Arming while armed")
  void armWhileArmed(String first, String second, String merged) throws Exception {
    cq.armCq(typeOf(first));
    cq.armCq(typeOf(second));
    switch (merged) {
      case "ANY" -> message(1, 0);
      case "SOLICITED" -> message(1, SOLICIT);
      default -> {
        message(1, SOLICIT);
        assertNotified(0);
        return;
      }
    }
    notifications.await(1);
    message(2, SOLICIT); // the two arms count as one
    assertNotified(1);
  }

  private static int typeOf(String name) {
    return switch (name) {
      case "ANY" -> NDK_CQ_NOTIFY_ANY;
      case "ERRORS" -> NDK_CQ_NOTIFY_ERRORS;
      case "SOLICITED" -> NDK_CQ_NOTIFY_SOLICITED;
      default -> throw new AssertionError(name);
    };
  }

  @Test
  @DisplayName("35. A solicited message fires a solicited arm, an unsolicited one may")
  @Covers({"NdkSend"})
  void solicited() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    message(1, 0);
    sides.server.settle();
    int before = notifications.statuses().size();
    if (before == 1) { // as on Soft-RoCE
      assertEquals(1, Result.take(cq).requestContext());
      cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    }
    message(2, SOLICIT);
    notifications.await(before + 1);
    assertNotified(before + 1);
  }

  @Test
  @DisplayName("36. An error result fires a solicited arm")
  @Covers({"NdkFlush", "NdkWrite"})
  void solicitedAndErrors() throws Exception {
    server.qp.receive(1, null, 0);
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    server.qp.flush();
    notifications.await(1);
    assertNotified(1);
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());
    // One synthesized by the provider, as the device accepts no more receives.
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    assertNotified(1);
    server.qp.receive(2, null, 0);
    notifications.await(2);
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());

    Notifications ofInitiator = new Notifications();
    NdkCq initiatorCq = sides.client.adapter.createCq(64, ofInitiator);
    Endpoint from = new Endpoint(sides.client, Endpoint.SMALL, 0, sides.client.cq(), initiatorCq);
    cq = sides.server.adapter.createCq(64, notifications);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 0, cq, sides.server.cq());
    Pair.connect(from, to);
    Buffer local = sides.client.buffer(8);
    Buffer remote = sides.server.buffer(8);
    initiatorCq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    to.qp.receive(1, remote.sgl(0, 4), 1);
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    from.qp.send(1, local.sgl(), 1, 0); // longer than its receive
    ofInitiator.await(1);
    notifications.await(3);
    assertEquals(NdkStatus.REMOTE_RESOURCES, Result.take(initiatorCq).status());
    assertEquals(NdkStatus.BUFFER_OVERFLOW, Result.take(cq).status());
  }

  @Test
  @DisplayName("37. An arm for errors: results do not fire it, an overrun does")
  @Covers({"NdkWrite", "NdkFlush"})
  void errorsOfTheQueue() throws Exception {
    message(1, 0);
    cq.armCq(NDK_CQ_NOTIFY_ERRORS);
    message(2, SOLICIT);
    server.qp.receive(3, null, 0);
    server.qp.flush();
    assertEquals(3, Result.take(cq, 3).size());
    assertNotified(0);

    int depth = Math.min(8192, sides.client.info().maxInitiatorQueueDepth());
    Notifications overrun = new Notifications();
    NdkCq tiny = sides.client.adapter.createCq(1, overrun);
    Endpoint from =
        new Endpoint(sides.client, new NdkQpSizes(1, depth, 1, 1, 0), 0, sides.client.cq(), tiny);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 0);
    Pair.connect(from, to);
    NdkSgl sgl = sides.client.buffer(8).sgl();
    Buffer remote = sides.server.buffer(8);
    tiny.armCq(NDK_CQ_NOTIFY_ERRORS);
    for (int i = 0; i < depth && overrun.statuses().isEmpty(); i++) {
      from.qp.write(i, sgl, 1, remote.address(), remote.remoteToken(), 0);
    }
    overrun.await(1);
    sides.client.settle();
    assertEquals(List.of(NdkStatus.BUFFER_OVERFLOW), overrun.statuses());
  }

  @Test
  @DisplayName("38. Callbacks of one queue never overlap, even when armed again inside")
  @Covers({"NdkGetCqResults"})
  void armInTheCallback() throws Exception {
    int count = 300;
    List<Long> taken = Collections.synchronizedList(new ArrayList<>());
    AtomicReference<NdkCq> queue = new AtomicReference<>();
    AtomicBoolean inside = new AtomicBoolean();
    AtomicBoolean overlapped = new AtomicBoolean();
    NdkResults results = new NdkResults(4);
    connectTo(
        _ -> {
          if (inside.getAndSet(true)) {
            overlapped.set(true);
          }
          // Rearms first: a result from here on is due while this callback still runs.
          queue.get().armCq(NDK_CQ_NOTIFY_ANY);
          int n;
          while ((n = queue.get().getCqResults(results)) > 0) {
            for (int i = 0; i < n; i++) {
              taken.add(results.requestContext(i));
              server.qp.receive(results.requestContext(i) + 16, null, 0);
            }
          }
          queue.get().armCq(NDK_CQ_NOTIFY_ANY);
          inside.set(false);
        });
    queue.set(cq);
    for (int i = 0; i < 16; i++) {
      server.qp.receive(i, null, 0);
    }
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    for (int i = 0; i < count; i++) {
      client.qp.send(i, null, 0, 0);
      Result.success(client.initiatorCq, i);
    }
    Await.until(() -> "all messages, not " + taken, () -> taken.size() == count);
    assertEquals(LongStream.range(0, count).boxed().toList(), List.copyOf(taken));
    assertFalse(overlapped.get());
  }

  @ParameterizedTest(name = "{displayName} [interval {0}, count {1}]")
  @CsvSource({
    "0, 8, SUCCESS",
    "100, 1, SUCCESS",
    "-1, 8, SUCCESS",
    "100, -1, SUCCESS",
    "100, 8, SUCCESS",
    "-1, -1, INVALID_PARAMETER_MIX",
    "-1, 65, INVALID_PARAMETER_MIX",
  })
  @DisplayName("39. Moderation does as its table says, or the device says that it has none")
  @Covers({"NdkControlCqInterruptModeration"})
  void moderation(int interval, int count, NdkStatus expected) throws Exception {
    int flag = NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED;
    boolean supported = (sides.server.info().adapterFlags() & flag) != 0;
    assertEquals(
        supported ? expected : NdkStatus.NOT_SUPPORTED,
        cq.controlCqInterruptModeration(interval, count));
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    message(1, 0);
    notifications.await(1);
  }
}

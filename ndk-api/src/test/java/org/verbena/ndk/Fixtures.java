package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.function.ThrowingSupplier;

/**
 * Opens the {@link Pair}, {@link Sides} or {@link Side} that a test declares as a parameter, of its
 * own or of its class's constructor, and closes it after the test. One that does not open or close,
 * or not in time, fails the test.
 *
 * <p>The map of the fixtures, each built on those above it:
 *
 * <pre>
 *   RigDevice   a device of the rig, A or B, and its addresses
 *   Route       which of them the client and the server use, over IPv4 or IPv6
 *   Side        an open adapter with a protection domain; makes queues and memory
 *   Sides       the client's side and the server's, on a route
 *   Endpoint    a queue pair with its completion queues, on a side
 *   Acceptor    a listener on a side, whose connect requests wait to be taken
 *   Handshake   a connect that has reached an acceptor; the test decides how it goes on
 *   Pair        two endpoints, each on a side of its own, connected
 * </pre>
 *
 * <p>and what a test does with them:
 *
 * <pre>
 *   Buffer          registered memory
 *   FastRegion      fast-registered memory
 *   OneSided        a read, write, bind or invalidate, posted and awaited
 *   Result          what a completion queue returned
 *   Completion      records the completion of a request
 *   Notifications   records the notifications of a completion queue or a shared receive queue
 *   Await           waits for a condition or a stage
 *   ResourceUsage   what the process and the kernel hold, to find leaks
 *   NothingLeft     checks that a test class leaves nothing open
 *   Traffic         data sent, written and read back over a connection, and compared
 *   Wire            the wire between the devices, to be broken
 * </pre>
 *
 * <p>{@link NotificationFixture} is a pair whose server notifies; {@link ScriptedDevice} opens
 * sides and connects endpoints without a device; {@link Rping} and {@link RpingPeer} are
 * rdma-core's rping and our end of its protocol; {@link RawPeer}, on a {@link RawCm}, is a peer
 * without the library, which may break every rule.
 */
final class Fixtures implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(Fixtures.class);
  private static final Map<Class<?>, ThrowingSupplier<AutoCloseable>> OPENERS =
      Map.of(
          Pair.class, Pair::new, Sides.class, Sides::new, Side.class, () -> new Side(RigDevice.A));

  /** JUnit's own limit is on test methods only. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** The store of the test closes it. */
  private record Opened(AutoCloseable fixture) implements AutoCloseable {
    @Override
    public void close() {
      assertTimeoutPreemptively(LIMIT, fixture::close);
    }
  }

  /** A constructor's parameters, too, are those of one test. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return OPENERS.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(parameter.getParameter().getType(), Fixtures::open, Opened.class)
        .fixture();
  }

  private static Opened open(Class<?> type) {
    return new Opened(assertTimeoutPreemptively(LIMIT, OPENERS.get(type)));
  }
}

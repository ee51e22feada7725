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
 * Opens what a test declares as a parameter, of its own or of its class's constructor, and closes
 * it after the test:
 *
 * <ul>
 *   <li>{@link Pair}: a client and a server, connected
 *   <li>{@link Wire}: the adapters of both, with nothing on them yet
 *   <li>{@link Side}: one adapter
 * </ul>
 *
 * A fixture that does not open or close, or not in time, fails the test.
 */
final class Fixtures implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(Fixtures.class);
  private static final Map<Class<?>, ThrowingSupplier<AutoCloseable>> OPENERS =
      Map.of(Pair.class, Pair::new, Wire.class, Wire::new, Side.class, () -> new Side(End.A));

  /** JUnit's own limit is on test methods only. */
  private static final Duration LIMIT = Duration.ofSeconds(120);

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

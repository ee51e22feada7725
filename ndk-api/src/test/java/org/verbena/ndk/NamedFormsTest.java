package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The methods beside the NDK-shaped ones: each calls the one it stands for, with its arguments. */
class NamedFormsTest {
  private static final NdkQpSizes SIZES =
      NdkQpSizes.DEFAULT
          .withReceiveDepth(1)
          .withInitiatorDepth(2)
          .withReceiveSge(3)
          .withInitiatorSge(4)
          .withInlineSize(5);

  private final List<String> calls = new ArrayList<>();

  /** An object that records calls of its abstract methods. */
  private <T> T recorder(Class<T> type, Object result) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          List<Object> plain =
              Arrays.stream(arguments).filter(a -> !(a instanceof NdkRequestCompletion)).toList();
          calls.add(method.getName() + plain);
          return result;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void aQueuePairTakesItsSizes() throws Exception {
    NdkPd pd = recorder(NdkPd.class, null);
    NdkCq cq = null;
    pd.createQp(cq, cq, 7, SIZES);
    pd.createQpWithSrq(cq, cq, null, 7, SIZES);
    assertEquals(
        List.of(
            "createQp[null, null, 7, 1, 2, 3, 4, 5]",
            "createQpWithSrq[null, null, null, 7, 2, 4, 5]"),
        calls);
  }

  @Test
  void booleanArgumentsHaveNames() throws Exception {
    recorder(NdkPd.class, null).createFastRegisterMr();
    NdkMr mr = recorder(NdkMr.class, NdkStatus.PENDING);
    mr.initializeFastRegisterMrWithRemoteAccess(8);
    mr.initializeFastRegisterMrWithoutRemoteAccess(9);
    NdkListener listener = recorder(NdkListener.class, null);
    listener.pauseConnectEvents();
    listener.resumeConnectEvents();
    assertEquals(
        List.of(
            "createMr[true]",
            "initializeFastRegisterMr[8, true]",
            "initializeFastRegisterMr[9, false]",
            "controlConnectEvents[true]",
            "controlConnectEvents[false]"),
        calls);
  }

  @Test
  void anNdkShapedConnectHasTheSameOptions() {
    NdkConnector connector = recorder(NdkConnector.class, NdkStatus.PENDING);
    InetSocketAddress address = new InetSocketAddress(0);
    byte[] data = {1};
    NdkConnectOptions options =
        NdkConnectOptions.DEFAULT.withReadLimits(1, 2).withPrivateData(data);
    connector.connect(null, address, address, 1, 2, data);
    connector.connect(null, address, address, options);
    connector.connectWithSharedEndpoint(null, null, address, 1, 2, data);
    connector.connectWithSharedEndpoint(null, null, address, options);
    connector.acceptEx(null, 1, 2, data, null);
    connector.acceptEx(null, options, null);
    connector.accept(null, 1, 2, data, null);
    connector.accept(null, options, null);
    for (int i = 0; i < calls.size(); i += 2) {
      assertEquals(withoutIdentity(calls.get(i + 1)), withoutIdentity(calls.get(i)));
    }
    assertEquals(8, calls.size());
  }

  /** A record prints its array by identity. */
  private static String withoutIdentity(String call) {
    return call.replaceAll("\\[B@[0-9a-f]+", "[B");
  }
}

package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.time.Duration;
import org.verbena.ndk.extension.NativeHandle;

/**
 * The device of src/test/c, with limits and failures that a test scripts and that no Soft-RoCE
 * device has. Its values are those of script.h.
 */
@SuppressWarnings("restricted")
final class ScriptedDevice {
  private static final String NAME = "noop0";
  private static final SymbolLookup LIBRARY =
      SymbolLookup.libraryLookup("libibverbs.so.1", Arena.global());
  private static final MethodHandle VALUE = function("script_value", ADDRESS, ADDRESS);
  private static final MethodHandle RESET = function("script_reset", null);
  private static final MethodHandle FAIL =
      function("script_fail", null, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle RAISE =
      function("script_raise", null, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle COMPLETE =
      function(
          "script_complete",
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT);
  private static long devices;

  private ScriptedDevice() {}

  private static MethodHandle function(String name, ValueLayout result, ValueLayout... parameters) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(parameters)
            : FunctionDescriptor.of(result, parameters);
    return Linker.nativeLinker().downcallHandle(LIBRARY.findOrThrow(name), descriptor);
  }

  /** A new device that supports everything and completes requests at once. */
  static ScriptedDevice blank() {
    call(RESET);
    return new ScriptedDevice()
        .with("scripted", 1)
        .with("node_guid", ++devices)
        .with("max_qp_wr", 1 << 14)
        .with("max_cqe", 1 << 16)
        .with("max_srq_wr", 1 << 14)
        .with("max_msg_sz", 1 << 30)
        .with("comp_vectors", 1)
        .with("kernel_windows", 1)
        .with("windows", 1);
  }

  /** mlx5: send queues sized in blocks of 64 bytes; several completion vectors. */
  static ScriptedDevice likeMlx5() {
    return blank()
        .with("max_qp_wr", 1 << 15)
        .with("send_queue_blocks", 1)
        .with("comp_vectors", 4)
        .with("moderates", 1);
  }

  /** bnxt_re: the kernel supports memory windows of type 2, the user-space driver does not. */
  static ScriptedDevice likeBnxtRe() {
    return blank().with("windows", 0).with("comp_vectors", 2);
  }

  /** irdma: windows of type 1 only, and in older generations completion queues of fixed size. */
  static ScriptedDevice likeIrdma() {
    return blank().with("kernel_windows", 0).with("fixed_cqs", 1).with("comp_vectors", 8);
  }

  ScriptedDevice with(String name, long value) {
    value(name).set(JAVA_LONG, 0, value);
    return this;
  }

  long get(String name) {
    return value(name).get(JAVA_LONG, 0);
  }

  /** Makes a call fail once, after this many that succeed. */
  void failOnce(String function, int errno, int callsBefore) {
    try (Arena arena = Arena.ofConfined()) {
      call(FAIL, arena.allocateFrom(function), errno, callsBefore);
    }
  }

  /** Raises an asynchronous event for an object. */
  void raise(NdkAdapter adapter, int event, NdkObject element) throws NdkException {
    call(RAISE, handle(adapter), event, handle(element));
  }

  /** Completes the oldest initiator request that is held. */
  void completeSend(NdkQp qp, int status, int vendorError) throws NdkException {
    complete(qp, 0, status, vendorError, 0, 0, 0);
  }

  /** Completes the oldest receive. */
  void completeReceive(NdkQp qp, int status, int vendorError) throws NdkException {
    complete(qp, 1, status, vendorError, 0, 0, 0);
  }

  private static void complete(NdkQp qp, Object... more) throws NdkException {
    Object[] arguments = new Object[more.length + 1];
    arguments[0] = handle(qp);
    System.arraycopy(more, 0, arguments, 1, more.length);
    assertNotEquals(0, call(COMPLETE, arguments), "nothing is held");
  }

  /** Opens the device. */
  static Side open() throws NdkException {
    return new Side(
        NAME, InetAddress.getLoopbackAddress(), new NdkOpenOptions(Duration.ofSeconds(10)));
  }

  /** Connects two queue pairs of one adapter, and returns one of them. */
  static Endpoint connected(Side side, NdkQpSizes sizes) throws Exception {
    return connected(side, sizes, side.cq());
  }

  /** The same, with a completion queue for its initiator results. */
  static Endpoint connected(Side side, NdkQpSizes sizes, NdkCq cq) throws Exception {
    Endpoint near = new Endpoint(side, sizes, 1, side.cq(), cq);
    Pair.connect(near, new Endpoint(side, sizes, 2));
    return near;
  }

  private static MemorySegment handle(NdkObject object) throws NdkException {
    return object.queryExtension(NativeHandle.EXTENSION).handle();
  }

  private static MemorySegment value(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = (MemorySegment) call(VALUE, arena.allocateFrom(name));
      assertNotEquals(0, value.address(), name);
      return value.reinterpret(Long.BYTES);
    }
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}

package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Generates CONFORMANCE.md from the tests: which of them exercise which NDKPI function ({@link
 * Covers}), and which one is which item of the conformance checklist (a display name that starts
 * with its number). Fails if an item is missing, or if the committed table differs.
 */
class CoverageTableTest {
  private static final String WRITE = "verbena.conformance.write";
  private static final int CHECKLIST = 89;
  private static final Pattern NUMBERED = Pattern.compile("(\\d+)\\. (.+)", Pattern.DOTALL);

  /**
   * NDKPI's function types, one a line: its name, and the Java method that stands for it. A
   * function that all objects share is listed once.
   */
  private static final String FUNCTIONS =
      """
      NdkCloseXxx NdkObject.close
      NdkQueryExtension NdkObject.queryExtension
      NdkQueryAdapterInfo NdkAdapter.queryAdapterInfo
      NdkCreateCq NdkAdapter.createCq
      NdkCreatePd NdkAdapter.createPd
      NdkCreateSharedEndpoint NdkAdapter.createSharedEndpoint
      NdkCreateConnector NdkAdapter.createConnector
      NdkCreateListener NdkAdapter.createListener
      NdkBuildLAM NdkAdapter.buildLam
      NdkReleaseLAM NdkAdapter.releaseLam
      NdkCreateMr NdkPd.createMr
      NdkCreateMw NdkPd.createMw
      NdkCreateSrq NdkPd.createSrq
      NdkCreateQp NdkPd.createQp
      NdkCreateQpWithSrq NdkPd.createQpWithSrq
      NdkGetPrivilegedMemoryRegionToken NdkPd.getPrivilegedMemoryRegionToken
      NdkRegisterMr NdkMr.registerMr
      NdkDeregisterMr NdkMr.deregisterMr
      NdkInitializeFastRegisterMr NdkMr.initializeFastRegisterMr
      NdkGetRemoteTokenFromMr NdkMr.getRemoteTokenFromMr
      NdkGetLocalTokenFromMr NdkMr.getLocalTokenFromMr
      NdkGetRemoteTokenFromMw NdkMw.getRemoteTokenFromMw
      NdkResizeCq NdkCq.resizeCq
      NdkArmCq NdkCq.armCq
      NdkGetCqResults NdkCq.getCqResults
      NdkGetCqResultsEx NdkCq.getCqResultsEx
      NdkControlCqInterruptModeration NdkCq.controlCqInterruptModeration
      NdkModifySrq NdkSrq.modifySrq
      NdkSrqReceive NdkSrq.srqReceive
      NdkFlush NdkQp.flush
      NdkSend NdkQp.send
      NdkSendAndInvalidate NdkQp.sendAndInvalidate
      NdkReceive NdkQp.receive
      NdkBind NdkQp.bind
      NdkFastRegister NdkQp.fastRegister
      NdkInvalidate NdkQp.invalidate
      NdkRead NdkQp.read
      NdkWrite NdkQp.write
      NdkGetSharedEndpointLocalAddress NdkSharedEndpoint.getLocalAddress
      NdkGetListenerLocalAddress NdkListener.getLocalAddress
      NdkGetLocalAddress NdkConnector.getLocalAddress
      NdkGetPeerAddress NdkConnector.getPeerAddress
      NdkListen NdkListener.listen
      NdkControlConnectEvents NdkListener.controlConnectEvents
      NdkConnect NdkConnector.connect
      NdkConnectWithSharedEndpoint NdkConnector.connectWithSharedEndpoint
      NdkCompleteConnect NdkConnector.completeConnect
      NdkCompleteConnectEx NdkConnector.completeConnectEx
      NdkAccept NdkConnector.accept
      NdkAcceptEx NdkConnector.acceptEx
      NdkReject NdkConnector.reject
      NdkGetConnectionData NdkConnector.getConnectionData
      NdkDisconnect NdkConnector.disconnect
      NDK_FN_CLOSE_COMPLETION NdkCloseCompletion.closed
      NDK_FN_REQUEST_COMPLETION NdkRequestCompletion.completed
      NDK_FN_CREATE_COMPLETION -
      NDK_FN_CQ_NOTIFICATION_CALLBACK NdkCqNotification.notified
      NDK_FN_SRQ_NOTIFICATION_CALLBACK NdkSrqNotification.notified
      NDK_FN_CONNECT_EVENT_CALLBACK NdkConnectEvent.connectRequested
      NDK_FN_DISCONNECT_EVENT_CALLBACK NdkDisconnectEvent.disconnected
      NDK_FN_DISCONNECT_EVENT_CALLBACK_EX NdkDisconnectEventEx.disconnected
      """;

  private static final int PROVIDER_FUNCTIONS = 53;
  private static final int CALLBACKS = 8;

  /** Function to Java method, in NDKPI's order. */
  private static List<Map.Entry<String, String>> functions() {
    return FUNCTIONS
        .lines()
        .map(line -> line.split(" "))
        .map(words -> Map.entry(words[0], words[1]))
        .toList();
  }

  /** Function to the tests that name it, with every name that any test has. */
  private static final Map<String, Set<String>> COVERED = new TreeMap<>();

  /** Number to its lines. */
  private static final Map<Integer, List<String>> NUMBERS = new TreeMap<>();

  @BeforeAll
  static void readTests() throws Exception {
    COVERED.clear();
    NUMBERS.clear();
    for (Class<?> type : compiledClasses()) {
      List<Method> tests = tests(type);
      if (!tests.isEmpty()) {
        cover(type.getAnnotation(Covers.class), name(type));
      }
      for (Method test : tests) {
        String name = name(type) + "." + test.getName();
        cover(test.getAnnotation(Covers.class), name);
        number(test.getAnnotation(DisplayName.class), name);
      }
    }
  }

  /** The classes that were compiled with this one, wherever that is. */
  private static List<Class<?>> compiledClasses() throws Exception {
    // Not the code source: for a class patched into a module, that is the module's.
    URL self = CoverageTableTest.class.getResource("CoverageTableTest.class");
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(self.toURI()).getParent())) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class")) {
          String simple = name.substring(0, name.length() - ".class".length());
          classes.add(
              Class.forName(
                  CoverageTableTest.class.getPackageName() + "." + simple,
                  false,
                  CoverageTableTest.class.getClassLoader()));
        }
      }
    }
    return classes;
  }

  private static List<Method> tests(Class<?> type) {
    return Stream.of(type.getDeclaredMethods())
        .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
        .toList();
  }

  private static String name(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
  }

  private static void cover(Covers covers, String test) {
    if (covers != null) {
      for (String function : covers.value()) {
        COVERED.computeIfAbsent(function, _ -> new TreeSet<>()).add(test);
      }
    }
  }

  private static void number(DisplayName displayName, String test) {
    if (displayName != null) {
      Matcher matcher = NUMBERED.matcher(displayName.value());
      if (matcher.matches()) {
        NUMBERS
            .computeIfAbsent(Integer.valueOf(matcher.group(1)), _ -> new ArrayList<>())
            .add("| " + matcher.group(1) + " | " + matcher.group(2) + " | `" + test + "` |");
      }
    }
  }

  private static String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        # Conformance to NDKPI

        Made from the tests by `CoverageTableTest`; to make it anew, run that test with
        `-D%s=true`.

        ## Functions

        NDKPI has %d function types, %d of the provider and %d callbacks; one that all objects share
        (close, query extension) counts once. A test class without a method stands for all its tests.

        | Function | Java | Tests |
        |---|---|---|
        """
            .formatted(WRITE, PROVIDER_FUNCTIONS + CALLBACKS, PROVIDER_FUNCTIONS, CALLBACKS));
    for (Map.Entry<String, String> function : functions()) {
      String tests =
          COVERED.getOrDefault(function.getKey(), Set.of()).stream()
              .map(test -> "`" + test + "`")
              .collect(Collectors.joining(", "));
      String java =
          function.getValue().equals("-")
              ? "none: creation returns the object or throws"
              : "`" + function.getValue() + "`";
      text.append("| %s | %s | %s |\n".formatted(function.getKey(), java, tests));
    }
    text.append(
        """

        ## Checklist

        | No. | What is tested | Test |
        |---|---|---|
        """);
    NUMBERS.values().forEach(lines -> lines.forEach(line -> text.append(line).append('\n')));
    return text.toString();
  }

  @Test
  void theListIsThatOfNdkpi() throws ClassNotFoundException {
    List<Map.Entry<String, String>> functions = functions();
    long callbacks = functions.stream().filter(f -> f.getKey().startsWith("NDK_FN_")).count();
    assertEquals(CALLBACKS, callbacks);
    assertEquals(PROVIDER_FUNCTIONS, functions.size() - callbacks);
    assertEquals(functions.size(), functions.stream().map(Map.Entry::getKey).distinct().count());
    for (Map.Entry<String, String> function : functions) {
      if (!function.getValue().equals("-")) {
        String[] java = function.getValue().split("\\.");
        Class<?> type = Class.forName(CoverageTableTest.class.getPackageName() + "." + java[0]);
        assertTrue(
            Stream.of(type.getMethods()).anyMatch(method -> method.getName().equals(java[1])),
            function::toString);
      }
    }
  }

  @Test
  void everyFunctionHasATestAndNoOtherNameIsUsed() {
    Set<String> known =
        functions().stream().map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));
    Set<String> missing = new TreeSet<>(known);
    missing.removeAll(COVERED.keySet());
    assertEquals(Set.of(), missing, "functions that no test covers");
    Map<String, Set<String>> unknown = new TreeMap<>(COVERED);
    unknown.keySet().removeAll(known);
    assertEquals(Map.of(), unknown, "names in @Covers that no function of NDKPI has");
  }

  @Test
  void everyNumberOfTheChecklistIsThereOnce() {
    Set<Integer> expected =
        IntStream.rangeClosed(1, CHECKLIST).boxed().collect(Collectors.toCollection(TreeSet::new));
    Set<Integer> missing = new TreeSet<>(expected);
    missing.removeAll(NUMBERS.keySet());
    assertEquals(Set.of(), missing, "numbers without a test");
    Set<Integer> unknown = new TreeSet<>(NUMBERS.keySet());
    unknown.removeAll(expected);
    assertEquals(Set.of(), unknown, "numbers that the checklist does not have");
    List<List<String>> twice = NUMBERS.values().stream().filter(n -> n.size() > 1).toList();
    assertEquals(List.of(), twice, "numbers with several tests");
  }

  @Test
  void theCommittedTableIsThisOne() throws IOException {
    Path file = Path.of(System.getProperty("basedir", ""), "CONFORMANCE.md").toAbsolutePath();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(file, table());
    }
    assertTrue(
        Files.exists(file), () -> file + " is missing; generate it with -D" + WRITE + "=true");
    assertEquals(
        table(),
        Files.readString(file),
        () -> file + " is out of date; regenerate it with -D" + WRITE + "=true");
  }
}

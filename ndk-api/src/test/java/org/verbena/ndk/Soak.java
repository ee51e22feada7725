package org.verbena.ndk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.verbena.ndk.SoakLedger.Counts;

/**
 * A program that runs for so many minutes: mixed traffic over many connections, which come and go,
 * while the wire and the peers fail at random. Everything is counted, data is compared, and samples
 * of what the process and the kernel hold are written to a file.
 *
 * <p>Exits with 0 if every request had one result, no data was wrong, usage stayed flat, and
 * everything came back in the end.
 */
final class Soak {
  private static final int CONNECTIONS = 32;

  /** Between two faults, and how long one lasts. */
  private static final int MOST_CALM_MILLIS = 8000;

  private static final int MOST_FAULT_MILLIS = 4000;

  /** One in so many faults is the removal of the devices. */
  private static final int FAULTS_FOR_ONE_REMOVAL = 8;

  /** The threads that carry virtual ones end when they have been idle for half a minute. */
  private static final Duration CARRIERS_END = Duration.ofSeconds(35);

  /** Beside all others, on an emulated machine. */
  private static final Duration PEER_START = Duration.ofMinutes(10);

  private static final Duration SAMPLE = Duration.ofSeconds(10);

  private static final String CUT = "loss 100%";

  private static final int CUT_MILLIS = 3000;

  private static final List<String> NETEM =
      List.of(
          CUT,
          "loss 1%",
          "loss 5%",
          "corrupt 2%",
          "duplicate 5%",
          "delay 200ms",
          "delay 1ms reorder 95%");

  private final Duration length;
  private final SplittableRandom random;
  private final SoakLedger ledger = new SoakLedger();
  private final AtomicReference<String> fault = new AtomicReference<>("");
  private volatile boolean ending;

  private Soak(Duration length, long seed) {
    this.length = length;
    random = new SplittableRandom(seed);
  }

  static void main(String[] arguments) throws Exception {
    long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : System.nanoTime();
    System.out.println("seed " + seed);
    Soak soak = new Soak(Duration.ofMinutes(Long.parseLong(arguments[0])), seed);
    System.exit(soak.run(Path.of(arguments[1])) ? 0 : 1);
  }

  private boolean run(Path samples) throws Exception {
    try (SoakDevices devices = new SoakDevices()) {
      useOnce(devices);
      new SoakUsage().sample(Duration.ZERO, ledger.counts());
    }
    ResourceUsage before = ResourceUsage.now();
    SoakUsage usage = new SoakUsage();
    try (Wire wire = new Wire();
        SoakDevices devices = new SoakDevices();
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(samples, UTF_8))) {
      out.println(SoakUsage.HEADER);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        SoakWorker worker = new SoakWorker(devices, ledger, random.split());
        threads.add(start(i % 2 == 0, () -> worker.runUntil(() -> ending)));
      }
      SplittableRandom killing = random.split();
      threads.add(start(false, () -> killPeers(devices, killing)));
      threads.add(start(false, () -> breakWire(wire, devices)));
      long start = System.nanoTime();
      while (System.nanoTime() - start < length.toNanos()) {
        Thread.sleep(SAMPLE);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        Counts counts = ledger.counts();
        out.println(usage.sample(elapsed, counts));
        out.flush();
        System.out.printf(
            "%d:%02d of %d min  %s  %s  %s%n",
            elapsed.toMinutes(),
            elapsed.toSecondsPart(),
            length.toMinutes(),
            counts,
            usage.last(),
            fault.get());
      }
      ending = true;
      for (Thread thread : threads) {
        if (!thread.join(PEER_START.multipliedBy(2))) {
          ledger.wrong("a thread hangs: " + List.of(thread.getStackTrace()));
        }
      }
      useOnce(devices); // those that were added last may not have been used
    }
    Thread.sleep(CARRIERS_END);
    before.awaitSame("after the soak");
    System.out.println("how connects failed: " + ledger.connectFailures());
    System.out.println("how requests ended: " + ledger.statuses());
    System.out.println("usage: " + usage.verdict());
    ledger.wrongs().forEach(System.out::println);
    return ledger.wrongs().isEmpty() && usage.isFlat();
  }

  /** Starts the JVM's threads that stay, and has librdmacm open both devices, as it keeps them. */
  private void useOnce(SoakDevices devices) throws InterruptedException {
    SoakWorker worker = new SoakWorker(devices, ledger, random.split());
    start(true, () -> devices.use(worker::round)).join();
  }

  private interface Work {
    void run() throws Exception;
  }

  private Thread start(boolean virtual, Work work) {
    Runnable logged =
        () -> {
          try {
            work.run();
          } catch (Throwable e) {
            ledger.wrong("a thread ended with " + e + " at " + List.of(e.getStackTrace()));
          }
        };
    return virtual ? Thread.ofVirtual().start(logged) : Thread.ofPlatform().start(logged);
  }

  private void breakWire(Wire wire, SoakDevices devices) throws Exception {
    while (!ending) {
      Thread.sleep(random.nextInt(MOST_CALM_MILLIS));
      if (random.nextInt(FAULTS_FOR_ONE_REMOVAL) == 0) {
        removeDevices(wire, devices);
        continue;
      }
      String netem = NETEM.get(random.nextInt(NETEM.size()));
      fault.set(netem);
      wire.disturb(netem);
      Thread.sleep(netem.equals(CUT) ? CUT_MILLIS : random.nextInt(MOST_FAULT_MILLIS));
      wire.mend();
      ledger.fault();
      fault.set("");
    }
  }

  /** After a link that goes down first, half the time. */
  private void removeDevices(Wire wire, SoakDevices devices) throws Exception {
    if (random.nextBoolean()) {
      fault.set("a link is down");
      wire.takeDown(RigDevice.B);
      Thread.sleep(CUT_MILLIS);
      ledger.fault();
    }
    fault.set("the devices are removed");
    devices.remove(wire, RigDevice.values()[random.nextInt(2)]);
    ledger.removal();
    fault.set("");
  }

  /** Stops a peer in the middle of the writes to it, resumes it and kills it; again and again. */
  private void killPeers(SoakDevices devices, SplittableRandom random) throws Exception {
    while (!ending) {
      devices.use(sides -> killPeer(devices, sides, random)); // it uses its device all the time
    }
  }

  private void killPeer(SoakDevices devices, Sides sides, SplittableRandom random)
      throws Exception {
    try (ChildJvm peer = new ChildJvm(PassiveProgram.class)) {
      String port;
      try {
        port = peer.awaitLine("port ", PEER_START);
      } catch (AssertionError e) {
        if (devices.areRemoved()) {
          return; // it could not open its device
        }
        throw e;
      }
      SoakWorker worker = new SoakWorker(devices, ledger, random.split());
      worker.writeUntilItIsGone(sides, Integer.parseInt(port), () -> stopAndKill(peer, random));
      ledger.fault();
    }
  }

  private static void stopAndKill(ChildJvm peer, SplittableRandom random) {
    try {
      peer.stop();
      Thread.sleep(random.nextInt(MOST_FAULT_MILLIS));
      peer.resume();
      peer.kill();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The kernel's own initiator, connected to the kernel's target. */
public final class KernelInitiator implements AutoCloseable {
  private final Path disk;

  /** Connects. */
  public KernelInitiator() throws Exception {
    KernelTarget.run("modprobe", "nvme-rdma");
    KernelTarget.run(
        "nvme",
        "connect",
        "-t",
        "rdma",
        "-a",
        KernelTarget.address().getAddress().getHostAddress(),
        "-w",
        KernelTarget.local().getHostAddress(),
        "-s",
        "4420",
        "-n",
        KernelTarget.SUBSYSTEM);
    try {
      disk = find();
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** The kernel's name for the first namespace of our target; never another disk. */
  public Path disk() {
    return disk;
  }

  private static Path find() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (DirectoryStream<Path> subsystems =
          Files.newDirectoryStream(Path.of("/sys/class/nvme-subsystem"))) {
        for (Path subsystem : subsystems) {
          String nqn = Files.readString(subsystem.resolve("subsysnqn")).strip();
          try (DirectoryStream<Path> disks = Files.newDirectoryStream(subsystem, "nvme*n1")) {
            for (Path disk : disks) {
              Path device = Path.of("/dev").resolve(disk.getFileName());
              if (nqn.equals(KernelTarget.SUBSYSTEM) && Files.exists(device)) {
                return device;
              }
            }
          }
        }
      }
      assertTrue(System.nanoTime() < deadline, "the kernel's initiator shows no namespace");
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    KernelTarget.run("nvme", "disconnect", "-n", KernelTarget.SUBSYSTEM);
  }
}

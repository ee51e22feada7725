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

  /**
   * The kernel's name for namespace 1 of our target; never another disk. Newer kernels number disks
   * in the order in which they find the namespaces, so nvme0n1 may be another namespace.
   */
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
          try (DirectoryStream<Path> disks = Files.newDirectoryStream(subsystem, "nvme*n*")) {
            for (Path disk : disks) {
              Path device = Path.of("/dev").resolve(disk.getFileName());
              Path nsid = disk.resolve("nsid"); // absent in a path of a multipath disk, nvme0c0n1
              if (nqn.equals(KernelTarget.SUBSYSTEM)
                  && Files.exists(nsid)
                  && Files.readString(nsid).strip().equals("1")
                  && Files.exists(device)) {
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

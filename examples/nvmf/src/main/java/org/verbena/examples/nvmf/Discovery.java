package org.verbena.examples.nvmf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a target's discovery log.
 *
 * <pre>
 *   0  generation         64 bits
 *   8  number of records  64 bits
 *   1024, 2048, ...       records
 * </pre>
 */
final class Discovery {
  private static final String SUBSYSTEM = "nqn.2014-08.org.nvmexpress.discovery";
  private static final int LOG_PAGE = 0x70;
  private static final int HEADER_SIZE = 16;
  private static final int ATTEMPTS = 5;

  private Discovery() {}

  static List<DiscoveryEntry> of(NvmfHost host, InetSocketAddress target) throws IOException {
    AdminQueue admin = new AdminQueue(host, target, SUBSYSTEM, () -> {});
    try {
      admin.connect(Duration.ZERO);
      ControllerState.enable(admin);
      return read(admin);
    } finally {
      admin.close();
    }
  }

  private static List<DiscoveryEntry> read(AdminQueue admin) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long generation = admin.log(LOG_PAGE, 0, HEADER_SIZE).get(Layout.U64, 0);
      long count = admin.log(LOG_PAGE, 0, HEADER_SIZE).get(Layout.U64, 8);
      List<DiscoveryEntry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long offset = DiscoveryEntry.SIZE * (i + 1L);
        entries.add(DiscoveryEntry.of(admin.log(LOG_PAGE, offset, DiscoveryEntry.SIZE)));
      }
      // It may have changed meanwhile.
      if (admin.log(LOG_PAGE, 0, HEADER_SIZE).get(Layout.U64, 0) == generation) {
        return entries;
      }
    }
    throw new IOException("the target's discovery log keeps changing; try again");
  }
}

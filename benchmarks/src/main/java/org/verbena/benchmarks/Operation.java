package org.verbena.benchmarks;

/** What is measured: methods of {@link DataPath}, and their counterparts. */
enum Operation {
  WRITE_ONE("writeOne", "write, poll its result"),
  WRITE_ONE_PREPARED("writeOnePrepared", "prepared write, poll its result", "writeOne"),
  SEND_ONE("sendOne", "send, poll its result"),
  SEND_INLINE("sendInline", "send inline, poll its result"),
  WRITE_MANY("writeMany", "16 writes, poll 16 results"),
  WRITE_CHAIN("writeChain", "16 deferred writes, poll 16 results"),
  WRITE_CHAIN_PREPARED("writeChainPrepared", "16 prepared writes, poll 16 results", "writeChain"),
  WRITE_SILENT("writeSilent", "16 writes, 15 silent, poll 1 result"),
  RECEIVE_MANY("receiveMany", "16 receives, poll 16 results"),
  POLL_EMPTY("pollEmpty", "poll an empty completion queue");

  /** Its name in {@link DataPath}. */
  final String id;

  /** Its display name. */
  final String title;

  /** Its name in noop_loops.c and in the other classes. */
  final String counterpart;

  Operation(String id, String title) {
    this(id, title, id);
  }

  Operation(String id, String title, String counterpart) {
    this.id = id;
    this.title = title;
    this.counterpart = counterpart;
  }
}

package org.verbena.benchmarks;

/** What is measured: the methods of {@link DataPath} and the operations of noop_loops.c. */
enum Operation {
  WRITE_ONE("writeOne", "write, poll its result"),
  SEND_ONE("sendOne", "send, poll its result"),
  SEND_INLINE("sendInline", "send inline, poll its result"),
  WRITE_MANY("writeMany", "16 writes, poll 16 results"),
  WRITE_CHAIN("writeChain", "16 deferred writes, poll 16 results"),
  WRITE_SILENT("writeSilent", "16 writes, 15 silent, poll 1 result"),
  RECEIVE_MANY("receiveMany", "16 receives, poll 16 results"),
  POLL_EMPTY("pollEmpty", "poll an empty completion queue");

  /** Its name in both programs. */
  final String id;

  /** Its display name. */
  final String title;

  Operation(String id, String title) {
    this.id = id;
    this.title = title;
  }
}

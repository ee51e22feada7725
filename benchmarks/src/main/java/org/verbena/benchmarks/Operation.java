package org.verbena.benchmarks;

/** What is measured: the methods of {@link DataPath} and the operations of noop_loops.c. */
enum Operation {
  WRITE_ONE("writeOne", "write, take its result"),
  SEND_ONE("sendOne", "send, take its result"),
  SEND_INLINE("sendInline", "send inline, take its result"),
  WRITE_MANY("writeMany", "16 writes, take 16 results"),
  WRITE_CHAIN("writeChain", "16 writes deferred, take 16 results"),
  WRITE_SILENT("writeSilent", "16 writes, 15 silent, take 1 result"),
  RECEIVE_MANY("receiveMany", "16 receives, take 16 results"),
  POLL_EMPTY("pollEmpty", "poll an empty completion queue");

  /** Its name in both programs. */
  final String id;

  /** Its name for people. */
  final String title;

  Operation(String id, String title) {
    this.id = id;
    this.title = title;
  }
}

package org.verbena.ndk;

/**
 * A random call.
 *
 * @param client whether it is made on the client's objects
 * @param seed of the choice of its arguments
 */
record MisuseStep(Call call, boolean client, long seed) {
  enum Call {
    SEND(12),
    WRITE(12),
    READ(6),
    RECEIVE(14),
    BIND(6),
    INVALIDATE(5),
    FAST_REGISTER(4),
    POLL(20),
    ARM(6),
    RESIZE(1),
    MODERATE(1),
    MODIFY_SRQ(1),
    FLUSH(1),
    CONNECT(1),
    CONNECT_FROM_SHARED_ENDPOINT(1),
    COMPLETE_CONNECT(1),
    ACCEPT(1),
    REJECT(1),
    DISCONNECT(1),
    WAKE(1),
    PAUSE(1),
    LISTEN(1),
    REGISTER(2),
    DEREGISTER(2),
    BUILD_MAPPING(1),
    ARENA(1),
    QUERY(4),
    CREATE(2),
    CLOSE(1);

    /** How often it is made, relative to the others. */
    final int weight;

    Call(int weight) {
      this.weight = weight;
    }
  }
}

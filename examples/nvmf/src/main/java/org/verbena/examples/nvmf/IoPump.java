package org.verbena.examples.nvmf;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;

/**
 * Moves the commands of an I/O queue over its connection: posts capsules, and binds and invalidates
 * windows for their data; polls results, and ends the I/O whose responses have arrived. For the
 * queue's thread.
 */
final class IoPump {
  private static final int BATCH = 64;

  private final IoSlots slots;
  private final @Nullable SlotWindows windows; // null where whole regions are exposed
  private final Failures failures;
  private final Runnable onFailure;
  private final NdkResultsEx results = new NdkResultsEx(BATCH);

  private @Nullable RdmaConnection connection; // null while there is none
  private int invalidatedByHost;
  private int invalidatedByTarget;
  private boolean delivering;

  /**
   * Creates a pump without a connection.
   *
   * @param failures collects what handlers throw
   * @param onFailure runs when the connection fails
   */
  IoPump(IoSlots slots, @Nullable SlotWindows windows, Failures failures, Runnable onFailure) {
    this.slots = slots;
    this.windows = windows;
    this.failures = failures;
    this.onFailure = onFailure;
  }

  /** Returns how many windows this host had to invalidate, as the target did not. */
  int invalidatedByHost() {
    return invalidatedByHost;
  }

  /** Returns how many windows the target has invalidated. */
  int invalidatedByTarget() {
    return invalidatedByTarget;
  }

  /** Arms the completion queue, if there is a connection. */
  void arm() {
    if (connection != null) {
      connection.arm();
    }
  }

  // --- sending

  /** Sends a command; what handlers start is posted in one call, once all have run. */
  void submit(int slot) {
    slots.sending(slot);
    post(slot, delivering ? NDK_OP_FLAG_DEFER : 0);
  }

  /** Sends a command again, on another connection. */
  void resend(int slot) {
    slots.sending(slot);
    post(slot, 0);
  }

  /** Posts a command. If that fails, it is sent again on the next connection. */
  private void post(int slot, int flags) {
    if (connection == null || connection.isLost()) {
      return;
    }
    NdkStatus status = NdkStatus.SUCCESS;
    if (windows != null && windows.isSet(slot)) {
      status = windows.bind(connection.qp(), slot);
      if (status == NdkStatus.SUCCESS) {
        Command.keyedOnce(
            slots.commands,
            IoSlots.at(slot),
            windows.address(slot),
            windows.length(slot),
            windows.token(slot));
      }
    }
    if (status == NdkStatus.SUCCESS) {
      status =
          slots.hasData(slot)
              ? connection.sendWithData(slot, slots.capsule(slot), flags)
              : connection.send(slot, slots.capsule(slot), flags | NDK_OP_FLAG_SILENT_SUCCESS);
    }
    if (status != NdkStatus.SUCCESS) {
      fail();
    }
  }

  /** Gives up the connection, if there is one; the controller then replaces it. */
  void fail() {
    if (connection != null) {
      connection.fail();
      onFailure.run();
    }
  }

  // --- receiving

  /** Calls the handlers of I/O that has ended, and returns how many there were. */
  int poll() {
    if (connection == null) {
      return 0;
    }
    int count = connection.poll(results);
    return count == 0 ? 0 : deliver(connection, count);
  }

  private int deliver(RdmaConnection from, int count) {
    int done = 0;
    delivering = true;
    for (int i = 0; i < count; i++) {
      done += deliverOne(from, i);
    }
    delivering = false;
    if (!from.isLost() && from.qp().submit() != NdkStatus.SUCCESS) {
      fail();
    }
    return done;
  }

  private int deliverOne(RdmaConnection from, int i) {
    long context = results.requestContext(i);
    if (results.status(i) != NdkStatus.SUCCESS) {
      fail();
      return 0;
    }
    if ((context & SlotWindows.INVALIDATED) != 0) {
      return arrived((int) context, IoSlots.INVALIDATED);
    }
    if ((context & RdmaConnection.RECEIVE) == 0) {
      return arrived((int) context, IoSlots.SENT);
    }
    int receive = (int) context;
    long head = from.head(receive);
    from.receive(receive);
    int slot = RdmaConnection.commandId(head);
    if (slot >= slots.depth || !slots.awaits(slot, IoSlots.RESPONSE)) { // a protocol violation
      fail();
      return 0;
    }
    slots.setStatus(slot, RdmaConnection.status(head));
    if (results.type(i) == NdkOperationType.RECEIVE_AND_INVALIDATE) {
      invalidatedByTarget++;
    } else if (windows != null && windows.isSet(slot)) {
      slots.awaitInvalidation(slot);
      invalidatedByHost++;
      if (windows.invalidate(from.qp(), slot) != NdkStatus.SUCCESS) {
        fail();
      }
    }
    return arrived(slot, IoSlots.RESPONSE);
  }

  private int arrived(int slot, byte what) {
    if (!slots.arrived(slot, what)) {
      return 0;
    }
    end(slot, slots.status(slot));
    return 1;
  }

  /** Ends an I/O. What its handler throws is kept until the others have been called. */
  void end(int slot, int status) {
    try {
      slots.end(slot, status);
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  // --- from one connection to the next

  /** Closes a connection that has ended, after delivering all responses received on it. */
  int leave() {
    if (connection == null) {
      return 0;
    }
    int done = 0;
    int count = connection.poll(results);
    while (count > 0) {
      done += deliver(connection, count);

      count = connection.poll(results);
    }
    connection.close();
    connection = null;
    return done;
  }

  /** Switches to another connection; returns false if it cannot be used and is given up. */
  boolean take(RdmaConnection next) {
    connection = next;
    try {
      if (windows != null) {
        windows.renew();
      }
      return true;
    } catch (NdkException _) {
      fail();
      return false;
    }
  }
}

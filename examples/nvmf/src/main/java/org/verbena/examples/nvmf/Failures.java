package org.verbena.examples.nvmf;

import org.jspecify.annotations.Nullable;

/** Keeps what handlers throw until all of them have been called. */
final class Failures {
  private @Nullable Throwable first;

  void add(Throwable failure) {
    if (first == null) {
      first = failure;
    } else if (first != failure) {
      first.addSuppressed(failure);
    }
  }

  /** Throws the first failure, if there is one, with the others suppressed; forgets all. */
  void rethrow() {
    Throwable failure = first;
    first = null;
    switch (failure) {
      case null -> {}
      case Error error -> throw error;
      default -> throw (RuntimeException) failure; // handlers throw no checked exceptions
    }
  }
}

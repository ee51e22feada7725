package org.verbena.examples.nvmf;

/** What handlers throw, kept until all of them have been called. */
final class Failures {
  private Throwable first;

  void add(Throwable failure) {
    if (first == null) {
      first = failure;
    } else if (first != failure) {
      first.addSuppressed(failure);
    }
  }

  /** Throws the first one, if there are any; they are forgotten then. */
  void rethrow() {
    Throwable failure = first;
    first = null;
    switch (failure) {
      case null -> {}
      case Error error -> throw error;
      default -> throw (RuntimeException) failure; // handlers declare no others
    }
  }
}

package org.verbena.ndk.verbs.cm;

import org.verbena.binding.ErrnoException;

/** The connection manager refused a call, maybe as it knows the connection no longer. */
final class CmException extends ErrnoException {
  private static final long serialVersionUID = 1L;

  CmException(ErrnoException e) {
    super(e.call(), e.errno());
  }
}

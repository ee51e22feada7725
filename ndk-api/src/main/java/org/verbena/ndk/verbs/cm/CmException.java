package org.verbena.ndk.verbs.cm;

import org.verbena.binding.ErrnoException;

/** A call to the connection manager failed, maybe because the connection is gone. */
final class CmException extends ErrnoException {
  private static final long serialVersionUID = 1L;

  CmException(ErrnoException e) {
    super(e.call(), e.errno());
  }
}

package org.verbena.ndk;

/** NDK_CQ_NOTIFY_*: what satisfies the arm of a completion queue. */
public final class NdkCqNotifyTypes {
  /** Only a failure of the completion queue itself. */
  public static final int NDK_CQ_NOTIFY_ERRORS = 0;

  /** The next result of any kind. */
  public static final int NDK_CQ_NOTIFY_ANY = 1;

  /**
   * The next receive whose sender set NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT, or the next result with
   * an error.
   */
  public static final int NDK_CQ_NOTIFY_SOLICITED = 2;

  private NdkCqNotifyTypes() {}
}

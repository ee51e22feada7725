package org.verbena.examples.nvmf;

/**
 * How a command ended: the status code type (bits 8 to 10) and status code (bits 0 to 7) of the NVM
 * Express specification.
 */
public final class NvmeStatus {
  /** The command succeeded. */
  public static final int SUCCESS = 0x000;

  /** The target does not know the command. */
  public static final int INVALID_OPCODE = 0x001;

  /** An operand is wrong. */
  public static final int INVALID_FIELD = 0x002;

  /** Data could not be moved between target and host. */
  public static final int DATA_TRANSFER_ERROR = 0x004;

  /** The target failed. */
  public static final int INTERNAL_ERROR = 0x006;

  /** There is no such namespace, or it is not ready. */
  public static final int INVALID_NAMESPACE = 0x00B;

  /** Blocks beyond the end of the namespace. */
  public static final int LBA_OUT_OF_RANGE = 0x080;

  /** The storage behind the namespace is full. */
  public static final int CAPACITY_EXCEEDED = 0x081;

  /** The storage behind the namespace is not ready. */
  public static final int NAMESPACE_NOT_READY = 0x082;

  /** The storage behind the namespace does not support the command (Linux targets). */
  public static final int NOT_SUPPORTED_HERE = 0x183;

  /** The subsystem name, host name or another parameter of Connect is wrong. */
  public static final int CONNECT_INVALID_PARAMETERS = 0x182;

  /** This host may not use the subsystem. */
  public static final int CONNECT_INVALID_HOST = 0x184;

  /** What was written could not be stored. */
  public static final int WRITE_FAULT = 0x280;

  /** What was stored cannot be read. */
  public static final int UNRECOVERED_READ_ERROR = 0x281;

  /**
   * The target could not be reached again in time, or has repeatedly not responded in time;
   * reported by this host, not by the target.
   */
  public static final int HOST_PATH_ERROR = 0x370;

  /** The command was aborted as its controller was closed; reported by this host. */
  public static final int ABORTED_BY_HOST = 0x371;

  private static final int CODE_BITS = 0x7FF;
  private static final int DO_NOT_RETRY = 1 << 15;

  private NvmeStatus() {}

  /** Extracts the code from the status field of a completion, which includes the phase bit. */
  static int ofField(int field) {
    return field >>> 1 & CODE_BITS;
  }

  /** Whether a status field says that the same command would fail again. */
  static boolean doNotRetry(int field) {
    return (field & DO_NOT_RETRY) != 0;
  }

  /**
   * Describes a status.
   *
   * @param status a status
   * @return a few words for a person, with the number
   */
  public static String text(int status) {
    String words =
        switch (status) {
          case SUCCESS -> "success";
          case INVALID_OPCODE -> "the target does not know the command";
          case INVALID_FIELD -> "an operand is wrong";
          case DATA_TRANSFER_ERROR -> "the data could not be moved";
          case INTERNAL_ERROR -> "the target failed";
          case 0x007 -> "the command was aborted";
          case INVALID_NAMESPACE -> "there is no such namespace";
          case 0x00F -> "the SGL has the wrong length";
          case 0x011 -> "the target does not take this type of SGL";
          case LBA_OUT_OF_RANGE -> "the blocks are beyond the end of the namespace";
          case CAPACITY_EXCEEDED -> "the storage behind the namespace is full";
          case NAMESPACE_NOT_READY -> "the namespace is not ready";
          case NOT_SUPPORTED_HERE -> "the storage behind the namespace cannot do this";
          case WRITE_FAULT -> "the data could not be stored";
          case UNRECOVERED_READ_ERROR -> "the data cannot be read";
          case 0x302, 0x303 -> "this path to the namespace is closed";
          case HOST_PATH_ERROR ->
              "the target did not answer, or could not be reached again, in time";
          case ABORTED_BY_HOST -> "given up, as the controller was closed";
          default -> "failed";
        };
    return "%s (status 0x%03x)".formatted(words, status);
  }
}

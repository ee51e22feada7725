package org.verbena.examples.nvmf;

/**
 * How a command ended: the status code type (bits 8 to 10) and status code (bits 0 to 7) of the NVM
 * Express specification.
 */
public final class NvmeStatus {
  /** The command succeeded. */
  public static final int SUCCESS = 0x000;

  /** The target does not support the command. */
  public static final int INVALID_OPCODE = 0x001;

  /** A field of the command is invalid. */
  public static final int INVALID_FIELD = 0x002;

  /** Data could not be transferred between target and host. */
  public static final int DATA_TRANSFER_ERROR = 0x004;

  /** The target had an internal error. */
  public static final int INTERNAL_ERROR = 0x006;

  /** There is no such namespace, or its format is invalid. */
  public static final int INVALID_NAMESPACE = 0x00B;

  /** The blocks are beyond the end of the namespace. */
  public static final int LBA_OUT_OF_RANGE = 0x080;

  /** The storage behind the namespace is full. */
  public static final int CAPACITY_EXCEEDED = 0x081;

  /** The storage behind the namespace is not ready. */
  public static final int NAMESPACE_NOT_READY = 0x082;

  /** The storage behind the namespace does not support the command (Linux targets). */
  public static final int NOT_SUPPORTED_HERE = 0x183;

  /** The subsystem NQN, the host NQN or another parameter of Connect is invalid. */
  public static final int CONNECT_INVALID_PARAMETERS = 0x182;

  /** This host may not use the subsystem. */
  public static final int CONNECT_INVALID_HOST = 0x184;

  /** The storage could not write the data. */
  public static final int WRITE_FAULT = 0x280;

  /** The storage could not read the data. */
  public static final int UNRECOVERED_READ_ERROR = 0x281;

  /**
   * The host could not reconnect in time, or the target repeatedly did not respond in time;
   * reported by this host, not by the target.
   */
  public static final int HOST_PATH_ERROR = 0x370;

  /** The command was aborted because its controller was closed; reported by this host. */
  public static final int ABORTED_BY_HOST = 0x371;

  private static final int CODE_BITS = 0x7FF;
  private static final int DO_NOT_RETRY = 1 << 15;

  private NvmeStatus() {}

  /** Extracts the code from the status field of a completion, which includes the phase bit. */
  static int ofField(int field) {
    return field >>> 1 & CODE_BITS;
  }

  /** Whether a status field has DNR set: the same command would fail again. */
  static boolean doNotRetry(int field) {
    return (field & DO_NOT_RETRY) != 0;
  }

  /**
   * Describes a status.
   *
   * @param status a status
   * @return a description, with the number
   */
  public static String text(int status) {
    String words =
        switch (status) {
          case SUCCESS -> "success";
          case INVALID_OPCODE -> "the target does not support the command";
          case INVALID_FIELD -> "a field of the command is invalid";
          case DATA_TRANSFER_ERROR -> "the data could not be transferred";
          case INTERNAL_ERROR -> "the target had an internal error";
          case 0x007 -> "the command was aborted";
          case INVALID_NAMESPACE -> "there is no such namespace";
          case 0x00F -> "the SGL has the wrong length";
          case 0x011 -> "the target does not support this type of SGL";
          case LBA_OUT_OF_RANGE -> "the blocks are beyond the end of the namespace";
          case CAPACITY_EXCEEDED -> "the storage behind the namespace is full";
          case NAMESPACE_NOT_READY -> "the namespace is not ready";
          case NOT_SUPPORTED_HERE ->
              "the storage behind the namespace does not support the command";
          case WRITE_FAULT -> "the storage could not write the data";
          case UNRECOVERED_READ_ERROR -> "the storage could not read the data";
          case 0x302, 0x303 -> "the namespace cannot be accessed through this controller";
          case HOST_PATH_ERROR ->
              "the target did not respond, or the host could not reconnect, in time";
          case ABORTED_BY_HOST -> "aborted, as the controller was closed";
          default -> "failed";
        };
    return "%s (status 0x%03x)".formatted(words, status);
  }
}

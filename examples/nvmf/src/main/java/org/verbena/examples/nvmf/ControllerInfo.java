package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.u16;
import static org.verbena.examples.nvmf.Layout.u8;

import java.lang.foreign.MemorySegment;

/**
 * The attributes of a controller (Identify Controller).
 *
 * @param serialNumber the subsystem's serial number
 * @param model its model number
 * @param firmware its firmware revision
 * @param subsystem its NQN
 * @param controllerId the controller's id in the subsystem
 * @param version the version of the base specification: major, minor and tertiary, as 16, 8 and 8
 *     bits
 * @param maxTransferSize the most bytes of one read or write (MDTS)
 * @param maxInCapsuleData the most bytes of a write in its command capsule; 0 if the target does
 *     not support it
 * @param namespaces the highest namespace id (NN)
 * @param writeZeroes whether it supports Write Zeroes
 * @param datasetManagement whether it supports Dataset Management
 * @param volatileWriteCache whether acknowledged writes may need a flush to survive a loss of power
 * @param quiesceMillis the command quiesce time (CQT): how long it may still execute commands after
 *     it has lost its host; 0 if it does not report one
 */
public record ControllerInfo(
    String serialNumber,
    String model,
    String firmware,
    String subsystem,
    int controllerId,
    int version,
    int maxTransferSize,
    int maxInCapsuleData,
    int namespaces,
    boolean writeZeroes,
    boolean datasetManagement,
    boolean volatileWriteCache,
    int quiesceMillis) {
  private static final int CAPSULE_UNIT = 16;
  private static final int ONCS_DATASET_MANAGEMENT = 1 << 2;
  private static final int ONCS_WRITE_ZEROES = 1 << 3;
  private static final int SGLS_KEYED = 1 << 2;
  private static final int SGLS_OFFSET = 1 << 20;

  /**
   * Reads the data structure.
   *
   * @param data 4096 bytes
   * @param minPageSize the controller's smallest page, the unit of MDTS
   */
  static ControllerInfo of(MemorySegment data, int minPageSize) throws NvmeException {
    int sgls = data.get(U32, 536);
    if ((sgls & SGLS_KEYED) == 0) {
      throw new NvmeException(
          "connect",
          NvmeStatus.INVALID_FIELD,
          "the target does not support keyed SGLs, which RDMA needs",
          true);
    }
    int oncs = u16(data, 520);
    // In-capsule data follows the command at once (ICDOFF 0), and the SGL's offset starts there.
    boolean inCapsule = (sgls & SGLS_OFFSET) != 0 && u16(data, 1800) == 0;
    return new ControllerInfo(
        Layout.text(data, 4, 20),
        Layout.text(data, 24, 40),
        Layout.text(data, 64, 8),
        Layout.text(data, 768, 256),
        u16(data, 78),
        data.get(U32, 80),
        maxTransferSize(u8(data, 77), minPageSize),
        inCapsule ? Math.max(0, data.get(U32, 1792) * CAPSULE_UNIT - Command.SIZE) : 0,
        data.get(U32, 516),
        (oncs & ONCS_WRITE_ZEROES) != 0,
        (oncs & ONCS_DATASET_MANAGEMENT) != 0,
        (u8(data, 525) & 1) != 0,
        u16(data, 386));
  }

  private static int maxTransferSize(int log2Pages, int pageSize) {
    long bytes =
        log2Pages == 0 || log2Pages > 31 ? Integer.MAX_VALUE : (long) pageSize << log2Pages;
    // No more than a keyed SGL can describe, in whole blocks of up to 4096 bytes.
    return (int) Math.min(bytes, Command.MAX_KEYED_LENGTH + 1 - 4096);
  }
}

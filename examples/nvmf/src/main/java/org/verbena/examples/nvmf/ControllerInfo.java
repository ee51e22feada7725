package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.u16;
import static org.verbena.examples.nvmf.Layout.u8;

import java.lang.foreign.MemorySegment;

/**
 * What a controller says of itself (Identify Controller).
 *
 * @param serialNumber the subsystem's serial number
 * @param model its model number
 * @param firmware its firmware revision
 * @param subsystem its NQN
 * @param controllerId the controller's number in the subsystem
 * @param version of the base specification: major, minor and tertiary, as 16, 8 and 8 bits
 * @param maxTransferSize the most bytes of one read or write
 * @param maxInCapsuleData the most bytes of a write that can travel in the command; 0 for none
 * @param namespaces the highest namespace number
 * @param writeZeroes whether it knows Write Zeroes
 * @param datasetManagement whether it knows Dataset Management
 * @param volatileWriteCache whether what it has acknowledged may need a flush to be safe
 * @param quiesceMillis how long its commands go on at most when it has lost its host (CQT); 0 if it
 *     does not say
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
   * @param minPageSize the controller's smallest page, in which it counts transfers
   */
  static ControllerInfo of(MemorySegment data, int minPageSize) throws NvmeException {
    int sgls = data.get(U32, 536);
    if ((sgls & SGLS_KEYED) == 0) {
      throw new NvmeException(
          "connect",
          NvmeStatus.INVALID_FIELD,
          "the target takes no keyed SGLs, as RDMA needs",
          true);
    }
    int oncs = u16(data, 520);
    // Data in the capsule follows the command at once, and the SGL counts from there.
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
    // No more than an SGL can name, in whole blocks of any usual size.
    return (int) Math.min(bytes, Command.MAX_KEYED_LENGTH + 1 - 4096);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

/**
 * In what drives that keep all rules still differ: which implicitly open zone they close to make
 * room, and what they do where the standards leave it to them. Found out on real drives, by
 * comparing them with the emulation step by step; the emulation is {@link #STANDARD} unless a test
 * asks for another.
 *
 * @param eviction which implicitly open zone is closed to open another
 * @param emptiesUnwritten an open zone in which nothing was written is EMPTY after a close, not
 *     CLOSED
 * @param finishTakesRoom a finish of an empty or closed zone needs what opening it would need
 * @param evictsBeforeRefusal one zone is closed to make room even where the open is then refused
 *     because too many zones are active
 * @param hostEvictsWhenActiveFull while the limit of active zones is reached the drive closes no
 *     zone to open another; the host does, and takes the first
 */
public record DriveProfile(
    Eviction eviction,
    boolean emptiesUnwritten,
    boolean finishTakesRoom,
    boolean evictsBeforeRefusal,
    boolean hostEvictsWhenActiveFull) {

  /** Which of the implicitly open zones is closed first. */
  public enum Eviction {
    /** The one that was opened first. */
    OLDEST,
    /** The one with the lowest number. */
    LOWEST,
    /** The next one after the last that was closed so, by number. */
    ROUND_ROBIN
  }

  /** As the NVMe Zoned Namespace Command Set has it: what this project's emulation does. */
  public static final DriveProfile STANDARD =
      new DriveProfile(Eviction.OLDEST, false, false, false, false);

  /** QEMU's NVMe drives with zoned namespaces. */
  public static final DriveProfile QEMU_ZNS =
      new DriveProfile(Eviction.OLDEST, false, false, true, false);

  /** Linux' null_blk. */
  public static final DriveProfile NULL_BLK =
      new DriveProfile(Eviction.ROUND_ROBIN, true, true, false, true);

  /** Linux' scsi_debug as a host-managed SMR drive. */
  public static final DriveProfile SCSI_DEBUG =
      new DriveProfile(Eviction.LOWEST, true, false, false, false);
}

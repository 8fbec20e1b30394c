// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

/**
 * The differences between drives that all follow the rules: which implicitly open zone they close
 * to open another, and their behaviour where the standards leave a choice. Determined on real
 * drives, by comparing them with the emulation step by step; the emulation is {@link #STANDARD}
 * unless a test selects another.
 *
 * @param eviction which implicitly open zone is closed to open another
 * @param emptiesUnwritten an open zone without written data is EMPTY after a close, not CLOSED
 * @param finishTakesRoom a finish of an empty or closed zone needs the resources that opening it
 *     needs
 * @param evictsBeforeRefusal a zone is closed even if the open is then refused because too many
 *     zones are active
 * @param hostEvictsWhenActiveFull while the limit of active zones is reached, the drive closes no
 *     zone to open another; the host closes the lowest one
 */
public record DriveProfile(
    Eviction eviction,
    boolean emptiesUnwritten,
    boolean finishTakesRoom,
    boolean evictsBeforeRefusal,
    boolean hostEvictsWhenActiveFull) {

  /** Which implicitly open zone is closed first. */
  public enum Eviction {
    /** The zone that was opened first. */
    OLDEST,
    /** The zone with the lowest number. */
    LOWEST,
    /** The next zone by number after the last one that was closed this way. */
    ROUND_ROBIN
  }

  /** The NVMe Zoned Namespace Command Set, which the emulation follows. */
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

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.util.EnumSet;
import java.util.Set;
import zonefsj.device.software.DriveProfile;
import zonefsj.tests.contract.DriveAbility;
import zonefsj.tests.contract.DriveShape;

/** Makes of drives, and the smallest shapes that they come in. */
final class DriveMake {
  private static final byte ZERO = 0;
  private static final byte ONES = (byte) 0xff;

  /** In blocks: as small as the emulated ones. */
  private static final int NVME_ZONE = 64;

  private static final int NVME_CAPACITY = 48;

  /** The kernel's drivers count zones in MiB, and zones are a power of two. */
  private static final int KERNEL_ZONE_BYTES = 2 << 20;

  private DriveMake() {}

  static DriveShape nvme(int blockBytes) {
    return new DriveShape(
        blockBytes,
        NVME_ZONE,
        NVME_CAPACITY,
        EnumSet.of(DriveAbility.ACTIVE_LIMIT),
        DriveProfile.QEMU_ZNS,
        Set.of(ZERO));
  }

  static DriveShape nullBlk(int blockBytes) {
    return new DriveShape(
        blockBytes,
        KERNEL_ZONE_BYTES / blockBytes,
        KERNEL_ZONE_BYTES / blockBytes / 2,
        EnumSet.allOf(DriveAbility.class),
        DriveProfile.NULL_BLK,
        Set.of(ZERO, ONES));
  }

  /** The kernel's zonefs on null_blk; the conditions of its zones are kept in software. */
  static DriveShape zonefs(int blockBytes) {
    return new DriveShape(
        blockBytes,
        KERNEL_ZONE_BYTES / blockBytes,
        KERNEL_ZONE_BYTES / blockBytes / 2,
        EnumSet.complementOf(EnumSet.of(DriveAbility.SHORT_LAST_ZONE)),
        DriveProfile.STANDARD,
        Set.of(ZERO));
  }

  static DriveShape scsiDebug(int blockBytes) {
    return new DriveShape(
        blockBytes,
        KERNEL_ZONE_BYTES / blockBytes,
        KERNEL_ZONE_BYTES / blockBytes / 2,
        EnumSet.complementOf(EnumSet.of(DriveAbility.ACTIVE_LIMIT)),
        DriveProfile.SCSI_DEBUG,
        Set.of(ZERO));
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.OptionalInt;
import java.util.Set;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.software.DriveProfile;

/**
 * What a kind of drive can be made as, and how it behaves where drives may differ.
 *
 * @param blockBytes block size
 * @param zoneBlocks blocks of a zone
 * @param capacityBlocks how many of them a sequential zone takes
 * @param abilities what such a drive has
 * @param profile what it does where drives differ
 * @param unwritten which bytes a read beyond a write pointer may give
 */
public record DriveShape(
    int blockBytes,
    int zoneBlocks,
    int capacityBlocks,
    Set<DriveAbility> abilities,
    DriveProfile profile,
    Set<Byte> unwritten) {

  /** As small as it can be, and with everything: what is emulated. */
  public static final DriveShape EMULATED =
      new DriveShape(
          Devices.BLOCK,
          Devices.ZONE / Devices.BLOCK,
          Devices.CAPACITY / Devices.BLOCK,
          Set.of(DriveAbility.values()),
          DriveProfile.STANDARD,
          Set.of((byte) 0));

  /** Keeps copies of the sets. */
  public DriveShape {
    abilities = Set.copyOf(abilities);
    unwritten = Set.copyOf(unwritten);
  }

  /** The same drive, behaving otherwise. */
  DriveShape as(DriveProfile other) {
    return new DriveShape(blockBytes, zoneBlocks, capacityBlocks, abilities, other, unwritten);
  }

  boolean can(DriveAbility ability) {
    return abilities.contains(ability);
  }

  int conventionalZones() {
    return can(DriveAbility.CONVENTIONAL_ZONES) ? Devices.CONVENTIONAL : 0;
  }

  OptionalInt maxActiveZones() {
    return can(DriveAbility.ACTIVE_LIMIT)
        ? OptionalInt.of(Devices.MAX_ACTIVE)
        : OptionalInt.empty();
  }

  int zoneBytes() {
    return zoneBlocks * blockBytes;
  }

  int capacityBytes() {
    return capacityBlocks * blockBytes;
  }

  /** A drive with all that its kind can have, and narrow limits. */
  public EmulatedGeometry geometry() {
    return builder(Devices.ZONES)
        .zoneCapacityBytes(capacityBytes())
        .conventionalZones(conventionalZones())
        .maxOpenZones(Devices.MAX_OPEN)
        .maxActiveZones(maxActiveZones())
        .maxAppendBytes(zoneBytes() / 2)
        .build();
  }

  /** A drive of so many zones. */
  EmulatedGeometry.Builder builder(int zones) {
    return EmulatedGeometry.builder((long) zones * zoneBytes())
        .blockSizeBytes(blockBytes)
        .zoneSizeBytes(zoneBytes());
  }
}

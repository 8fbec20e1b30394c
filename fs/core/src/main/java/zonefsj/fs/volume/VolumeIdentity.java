// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.zonemgr.FrameHeader;

/**
 * Identifies the filesystem on a drive.
 *
 * @param uuid of the filesystem
 * @param label may be empty
 * @param formatVersion of the structures on the drive
 */
public record VolumeIdentity(UUID uuid, String label, int formatVersion) {
  /**
   * Looks for a filesystem in the superblock log; searches no other zones.
   *
   * @return empty if the superblock log holds none
   * @throws VolumeFormatException if it is of a newer version
   */
  public static Optional<VolumeIdentity> probe(ZonedDevice device) throws IOException {
    return ofAny(
        new SuperblockFinder(device, device.report(0, device.geometry().zoneCount()))
            .inSuperblock());
  }

  /**
   * Looks for a filesystem everywhere: if the superblock log is lost, at the head of every zone.
   *
   * @return empty if there is none
   * @throws VolumeFormatException if it is of a newer version, or was restored in part
   */
  public static Optional<VolumeIdentity> search(ZonedDevice device, ProgressListener progress)
      throws IOException {
    SuperblockFinder finder =
        new SuperblockFinder(device, device.report(0, device.geometry().zoneCount()));
    SuperblockEntry found = finder.anywhere(progress);
    finder.refuseUnfinishedRestore();
    return ofAny(found);
  }

  private static Optional<VolumeIdentity> ofAny(@Nullable SuperblockEntry entry) {
    return Optional.ofNullable(entry).map(VolumeIdentity::of);
  }

  /** The identity in a superblock entry. */
  static VolumeIdentity of(SuperblockEntry entry) {
    return new VolumeIdentity(entry.uuid(), entry.facts().label(), FrameHeader.FORMAT_VERSION);
  }
}

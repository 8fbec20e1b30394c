package zonefsj.fs.volume;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.FrameHeader;

/**
 * Which filesystem a drive holds.
 *
 * @param uuid of the filesystem
 * @param label may be empty
 * @param formatVersion of the structures on the drive
 */
public record VolumeIdentity(UUID uuid, String label, int formatVersion) {
  /**
   * Looks for a filesystem: a few reads, no scan.
   *
   * @return empty if the superblock log holds none
   * @throws VolumeFormatException if it is of a newer version
   */
  public static Optional<VolumeIdentity> probe(ZonedDevice device) throws IOException {
    RootEntry root =
        new RootFinder(device, device.report(0, device.geometry().zoneCount())).inSuperblock();
    return Optional.ofNullable(root)
        .map(
            found ->
                new VolumeIdentity(
                    found.filesystem(), found.facts().label(), FrameHeader.FORMAT_VERSION));
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * What a drive holds, as far as its first bytes and our superblock tell: a few reads, no scan.
 *
 * @param title in words for the user, such as {@code xfs}
 * @param precious whether somebody counts on what is anywhere on the drive, as a filesystem does;
 *     an archive that was written to the first zone does not
 * @param identity of a filesystem of ours that can be read; null for anything else
 */
public record DriveContent(String title, boolean precious, @Nullable VolumeIdentity identity) {
  private static final Set<KnownFormat> ARCHIVES =
      Set.of(KnownFormat.GZIP, KnownFormat.ZSTD, KnownFormat.XZ);

  /** A filesystem of ours. */
  public static DriveContent ours(VolumeIdentity identity) {
    return new DriveContent(
        "zonefs-j filesystem "
            + identity.uuid()
            + (identity.label().isEmpty() ? "" : " (" + identity.label() + ")"),
        true,
        identity);
  }

  /**
   * Looks at a drive.
   *
   * @return empty if nothing is there that is known
   */
  public static Optional<DriveContent> of(ZonedDevice device) throws IOException {
    Optional<KnownFormat> foreign = ForeignFormat.detect(device);
    if (foreign.isPresent()) {
      KnownFormat format = foreign.orElseThrow();
      String title = format.title();
      int advice = title.indexOf(';');
      return Optional.of(
          new DriveContent(
              advice < 0 ? title : title.substring(0, advice), !ARCHIVES.contains(format), null));
    }
    try {
      return VolumeIdentity.probe(device).map(DriveContent::ours);
    } catch (VolumeFormatException newer) {
      return Optional.of(
          new DriveContent(
              "a zonefs-j filesystem that cannot be read: " + newer.getMessage(), true, null));
    }
  }
}

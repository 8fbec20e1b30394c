// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.PartLabel;
import zonefsj.device.compose.PartLabels;
import zonefsj.device.mirror.MirrorLabel;
import zonefsj.device.mirror.MirrorLabels;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * What a drive holds, judging by its first bytes and the zonefs-j superblock. Takes a few reads and
 * no scan.
 *
 * @param title name for the user, such as {@code xfs}
 * @param precious whether all bytes of the drive may matter, as with a filesystem; not so for an
 *     archive that was written to the first zone
 * @param identity identity of a readable zonefs-j filesystem; null for anything else
 */
public record DriveContent(String title, boolean precious, @Nullable VolumeIdentity identity) {
  private static final Set<KnownFormat> ARCHIVES =
      Set.of(KnownFormat.GZIP, KnownFormat.ZSTD, KnownFormat.XZ);

  /** Describes a zonefs-j filesystem. */
  public static DriveContent ours(VolumeIdentity identity) {
    return new DriveContent(
        "zonefs-j filesystem "
            + identity.uuid()
            + (identity.label().isEmpty() ? "" : " (" + identity.label() + ")"),
        true,
        identity);
  }

  /**
   * Examines a drive.
   *
   * @return empty if it holds nothing known
   */
  public static Optional<DriveContent> of(ZonedDevice device) throws IOException {
    Optional<KnownFormat> foreign = ForeignFormat.detect(device);
    if (foreign.isPresent()) {
      KnownFormat format = foreign.orElseThrow();
      String title =
          format == KnownFormat.ZONEFSJ_PART
              ? partTitle(device).orElse(format.title())
              : format.title();
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

  private static Optional<String> partTitle(ZonedDevice device) throws IOException {
    Optional<String> striped = PartLabels.read(device).map(PartLabel::title);
    return striped.isPresent() ? striped : MirrorLabels.read(device).map(MirrorLabel::title);
  }
}

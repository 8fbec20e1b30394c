// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.MediumRoom;
import zonefsj.device.OpenedPath;
import zonefsj.device.block.BlockPresence;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.zonefile.ZoneFileStorage;

/**
 * An emulated drive in one image file; {@link ImageFile} creates and opens it and describes the
 * file. The file contains the zone states, so the drive survives the process: open zones are still
 * open when it is opened again.
 *
 * <p>Threading: as {@link EmulatedZonedDevice}.
 */
public final class ImageZonedDevice extends EmulatedZonedDevice
    implements MediumPresence, MediumRoom {
  private static final Logger LOG = LoggerFactory.getLogger(ImageZonedDevice.class);

  private final OpenedPath opened;
  private final ImageLocation place;
  private final NativeFile file;
  private final ImageHeader header;
  private final boolean hadName;
  private final @Nullable BlockPresence drive;
  private final boolean lostHeader;
  private final boolean readOnly;

  ImageZonedDevice(
      ImageLocation place,
      ImageHeader header,
      boolean lostHeader,
      ZoneStateMachine machine,
      ZoneFileStorage storage,
      boolean readOnly,
      NativeFile file)
      throws IOException {
    super(header.geometry(), place.description(), machine, storage, readOnly);
    this.opened = new OpenedPath(place.path());
    this.place = place;
    this.file = file;
    this.header = header;
    this.drive = place.isDrive() ? BlockPresence.of(place.path()) : null;
    // Some filesystems count no names at all, and the node of a drive is not the drive.
    this.hadName = !place.isDrive() && !file.isUnlinked();
    this.lostHeader = lostHeader;
    this.readOnly = readOnly;
  }

  @Override
  public boolean isPresent() {
    return drive == null
        ? opened.isPresent() && !isTruncated()
        : drive.loss().isEmpty() && opened.isPresent();
  }

  /** A drive can have no size for a moment, while its path is lost. */
  private boolean isTruncated() {
    try {
      return !place.isDrive() && file.sizeBytes() < header.fileBytes();
    } catch (IOException failed) {
      LOG.debug("the size of {} is unknown", path(), failed);
      return false;
    }
  }

  @Override
  public String loss() {
    if (drive != null) {
      return drive.loss();
    }
    if (isTruncated()) {
      return path() + " was truncated";
    }
    try {
      return hadName && file.isUnlinked() ? path() + " was deleted" : "";
    } catch (IOException failed) {
      LOG.debug("the names of {} are unknown", path(), failed);
      return "";
    }
  }

  @Override
  public int zonesOfMedium() {
    try {
      return ImageGrowth.zones(header, file.sizeBytes(), place);
    } catch (IOException closed) {
      LOG.debug("the size of {} is not known", place.path(), closed);
      return header.geometry().zoneCount();
    }
  }

  /** The file, or the drive. */
  public Path path() {
    return place.path();
  }

  /** Identity of the image, not of a filesystem on it. */
  public UUID uuid() {
    return header.uuid();
  }

  /**
   * Whether a copy of the header was used, because the header is damaged (the drive is then
   * read-only) or cannot be read.
   */
  public boolean hasLostHeader() {
    return lostHeader;
  }

  ImageHeader header() {
    return header;
  }

  /** Time of creation of the image, in milliseconds since 1970-01-01 UTC. */
  public long createdMillis() {
    return header.createdMillis();
  }

  /** Whether it was opened read-only. */
  public boolean isReadOnly() {
    return readOnly;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.MediumRoom;
import zonefsj.device.OpenedPath;
import zonefsj.device.block.BlockPresence;
import zonefsj.device.block.FilePresence;
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

  private final MediumPresence medium;
  private final ImageLocation place;
  private final NativeFile file;
  private final ImageHeader header;
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
    this.medium =
        place.isDrive()
            ? new DrivePresence(BlockPresence.of(place.path()), new OpenedPath(place.path()))
            : new FilePresence(file, header.fileBytes());
    this.place = place;
    this.file = file;
    this.header = header;
    this.lostHeader = lostHeader;
    this.readOnly = readOnly;
  }

  @Override
  public boolean isPresent() {
    return medium.isPresent();
  }

  @Override
  public String loss() {
    return medium.loss();
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

  /** A drive can have no size for a moment, and its node is not the drive. */
  private record DrivePresence(BlockPresence drive, OpenedPath node) implements MediumPresence {
    @Override
    public boolean isPresent() {
      return drive.loss().isEmpty() && node.isPresent();
    }

    @Override
    public String loss() {
      return drive.loss();
    }
  }
}

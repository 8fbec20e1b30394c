// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.nio.file.Path;
import java.util.UUID;

/**
 * An emulated drive in one image file; made and opened by {@link ImageFile}, which says what the
 * file is like. Zone states are in the file, so that the drive survives the process: zones that
 * were open still are when it is opened again.
 *
 * <p>Threading: as {@link EmulatedZonedDevice}.
 */
public final class ImageZonedDevice extends EmulatedZonedDevice {
  private final Path path;
  private final ImageHeader header;
  private final boolean lostHeader;
  private final boolean readOnly;

  ImageZonedDevice(
      ImageLocation place,
      ImageHeader header,
      boolean lostHeader,
      ZoneStateMachine machine,
      ImageStorage storage,
      boolean readOnly) {
    super(header.geometry(), place.description(), machine, storage, readOnly);
    this.path = place.path();
    this.header = header;
    this.lostHeader = lostHeader;
    this.readOnly = readOnly;
  }

  /** The file, or the drive. */
  public Path path() {
    return path;
  }

  /** Identity of the image; not that of a filesystem on it. */
  public UUID uuid() {
    return header.uuid();
  }

  /**
   * Whether it was found by a copy of the header only: its beginning is damaged, then it can only
   * be read, or cannot be read.
   */
  public boolean hasLostHeader() {
    return lostHeader;
  }

  ImageHeader header() {
    return header;
  }

  /** When the image was made, in milliseconds since 1970-01-01 UTC. */
  public long createdMillis() {
    return header.createdMillis();
  }

  /** Whether it was opened for reading only. */
  public boolean isReadOnly() {
    return readOnly;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceAccess;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.NativeException;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.zonefile.HostDirectory;
import zonefsj.device.zonefile.ZoneFileStorage;
import zonefsj.device.zonefile.ZoneTable;

/**
 * Creates and opens image files.
 *
 * <pre>
 * +-----------+------------------------+- - - - -+-------------------------------------+
 * | header    | zone table             | copy of | zone 0 | zone 1 | ...               |
 * | 4096 bytes| 32 bytes for each zone | header  | each of the zone size, sparse       |
 * +-----------+------------------------+- - - - -+-------------------------------------+
 * </pre>
 *
 * {@code ImageHeader} and {@link ZoneTable} describe the bytes of header and table. The copy ends
 * where the zones begin, at n x 1 MiB, and is omitted if the table takes its place. The file is
 * sparse: a new image of any size takes two blocks of its host. A file that was made longer has the
 * zones of before until the image is opened with the permission to grow ({@code ImageGrowth}).
 *
 * <p>An open image is locked with flock(2): exclusively, or shared if it is opened read-only. Every
 * check comes before the first write.
 *
 * <p>Stateless and thread-safe.
 */
public final class ImageFile {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFile.class);

  private ImageFile() {}

  /**
   * Creates a new image with a random UUID.
   *
   * @throws ImageException if the file exists or cannot be created; no file is left then
   */
  public static void create(Path path, EmulatedGeometry geometry) throws IOException {
    create(path, geometry, UUID.randomUUID(), System.currentTimeMillis());
  }

  /**
   * Creates a new image with a given identity; otherwise as {@link #create(Path,
   * EmulatedGeometry)}.
   */
  public static void create(Path path, EmulatedGeometry geometry, UUID uuid, long createdMillis)
      throws IOException {
    refuseExisting(path);
    ImageHeader header = new ImageHeader(ImageHeader.Features.NONE, uuid, createdMillis, geometry);
    boolean made = false;
    boolean complete = false;
    try (NativeFile file = NativeFile.open(path, EnumSet.of(Option.WRITE, Option.CREATE_NEW))) {
      made = true;
      file.truncate(header.fileBytes());
      file.write(0, header.encode());
      HeaderCopy.keep(header, file, new ImageLocation(path, false));
      file.sync();
      HostDirectory.syncOf(path);
      complete = true;
    } catch (IOException e) {
      throw notMade(path, header, e);
    } finally {
      if (made && !complete) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Refuses a file that exists. */
  static void refuseExisting(Path path) throws ImageException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new ImageException(
          path
              + ": there is already something of that name; give another name, or remove it first");
    }
  }

  /** The exception for an image that the host does not take. */
  static ImageException notMade(Path path, ImageHeader header, IOException cause) {
    return new ImageException(
        path
            + ": an image of "
            + ByteSize.format(header.fileBytes())
            + " cannot be made: "
            + cause.getMessage()
            + "; look at the directory and at its free space",
        cause);
  }

  /**
   * Opens an image.
   *
   * @throws ImageException with a one-line message if it is missing, in use, not an image, of a
   *     newer format, damaged or truncated
   */
  public static ImageZonedDevice open(Path path, DeviceAccess access) throws IOException {
    return open(path, access, false);
  }

  /**
   * Opens an image.
   *
   * @param grows whether it gets as many whole zones as its file has room for, if that is more than
   *     it has; only if it is opened for writing
   * @throws ImageException as {@link #open(Path, DeviceAccess)}; also if there is room that the
   *     image cannot use
   */
  public static ImageZonedDevice open(Path path, DeviceAccess access, boolean grows)
      throws IOException {
    boolean readOnly = access == DeviceAccess.READ_ONLY;
    ImageLocation place = ImageLocation.of(path);
    LockedFile locked = LockedFile.lock(place, open(place, readOnly), readOnly);
    ImageZonedDevice device = null;
    try {
      NativeFile file = locked.file();
      DriveStart start = DriveStart.of(file::read, file.sizeBytes());
      device = load(place, locked, start, readOnly, grows && !readOnly);
      return device;
    } finally {
      if (device == null) {
        locked.close();
      }
    }
  }

  /**
   * Opens a file that is locked, with the number of zones that it has.
   *
   * @param start the first bytes
   */
  static ImageZonedDevice load(
      ImageLocation place, LockedFile locked, DriveStart start, boolean readOnly)
      throws IOException {
    return load(place, locked, start, readOnly, false);
  }

  private static ImageZonedDevice load(
      ImageLocation place, LockedFile locked, DriveStart start, boolean readOnly, boolean grows)
      throws IOException {
    NativeFile file = locked.file();
    long fileBytes = file.sizeBytes();
    ByteBuffer torn = HeaderCopy.insteadOfTorn(start, file);
    ByteBuffer copy = torn == null ? HeaderCopy.insteadOf(start, file, place) : torn;
    if (copy == null && start.hasUnreadableHeader()) {
      throw new ImageException(
          place.path()
              + ": its first "
              + ImageHeader.BYTES
              + " bytes cannot be read, and there is no copy of what an image has there");
    }
    ImageHeader header =
        copy == null ? header(place, fileBytes, start.bytes()) : ImageHeader.decode(copy, place);
    if (header.features().readOnlyCompatible() != 0 && !readOnly) {
      throw new ImageException(
          place.path()
              + ": the image uses features (0x"
              + Long.toHexString(header.features().readOnlyCompatible())
              + ") that this zonefs-j can only read; open it read-only or use a newer zonefs-j");
    }
    if (fileBytes < header.fileBytes()) {
      throw truncated(place, fileBytes, header.fileBytes());
    }
    ZoneTable table = new ZoneTable(file, ImageHeader.TABLE_OFFSET_BYTES);
    ZoneTable.Loaded loaded = states(table, header.geometry(), place);
    boolean isLost = copy != null && torn == null;
    if (isLost && start.hasUnreadableHeader() && !place.isDrive()) {
      LOG.warn(
          "{}: the header cannot be read, a copy is used; zonefs-j fsck --repair writes it back",
          place.path());
    } else if (isLost) {
      checkWithoutHeader(place, header, loaded, readOnly);
    } else if (torn != null && !readOnly) {
      file.write(0, header.encode());
      file.sync();
    }
    if (grows) {
      int before = header.zones();
      header = grown(place, header, file, isLost);
      if (header.zones() > before) {
        loaded = states(table, header.geometry(), place);
        LOG.info("{}: {} zones now, {} before", place.path(), header.zones(), before);
      }
    }
    ZoneStateMachine machine = new ZoneStateMachine(header.geometry(), loaded.states());
    ZoneFileStorage storage =
        new ZoneFileStorage(
            locked, file, table, header.geometry(), header.dataOffsetBytes(), loaded.stale());
    if (!readOnly) {
      for (int zone = 0; zone < loaded.states().size(); zone++) {
        if (!machine.state(zone).equals(loaded.states().get(zone))) {
          storage.saveState(zone, machine);
        }
      }
      keepCopies(header, file, place);
    }
    return new ImageZonedDevice(place, header, isLost, machine, storage, readOnly, file);
  }

  private static ImageHeader grown(
      ImageLocation place, ImageHeader header, NativeFile file, boolean hasLostHeader)
      throws IOException {
    if (hasLostHeader && ImageGrowth.zones(header, file.sizeBytes(), place) > header.zones()) {
      throw new ImageException(
          place.path()
              + ": the image cannot grow: its header cannot be read; 'zonefs-j fsck --repair'"
              + " writes it back");
    }
    try {
      return ImageGrowth.grow(place, header, ImageMedium.of(file));
    } catch (NativeException e) {
      throw new ImageException(place.path() + ": the image cannot grow: " + e.getMessage(), e);
    }
  }

  /** Reads the table. */
  static ZoneTable.Loaded states(ZoneTable table, EmulatedGeometry geometry, ImageLocation place)
      throws IOException {
    return table.load(
        geometry,
        geometry.blockSizeBytes(),
        zone -> ZoneStateMachine.initialState(geometry, zone),
        place::unusable);
  }

  /** A full or failing host must not prevent the use of an intact image. */
  private static void keepCopies(ImageHeader header, NativeFile file, ImageLocation place) {
    try {
      HeaderCopy.keep(header, file, place);
    } catch (IOException failed) {
      LOG.warn("{}: a copy of the header cannot be written", place.path(), failed);
    }
  }

  /**
   * Only the copy of the header is left. The write that destroyed the header may also have
   * destroyed the table after it: zones that hold a filesystem are not in their initial state.
   */
  private static void checkWithoutHeader(
      ImageLocation place, ImageHeader header, ZoneTable.Loaded loaded, boolean readOnly)
      throws ImageException {
    if (loaded.states().get(0).equals(ZoneStateMachine.initialState(header.geometry(), 0))) {
      throw place.unusable(
          "header and the table behind it are overwritten: nobody knows which zones are written");
    }
    if (!readOnly) {
      throw new ImageException(
          place.path()
              + ": the header of its emulated zones, at its beginning, is damaged; a copy"
              + " is whole: 'zonefs-j fsck --repair' writes it back, 'zonefs-j mkfs --force'"
              + " makes zones anew");
    }
    LOG.warn("{}: the header is damaged, its copy at the end of the drive is used", place.path());
  }

  private static ImageHeader header(ImageLocation place, long fileBytes, ByteBuffer look)
      throws ImageException {
    if (!ImageHeader.hasMagic(look)) {
      if (KnownFormat.detect(look).filter(KnownFormat.ZONEFSJ_IMAGE::equals).isPresent()) {
        throw new ImageException(
            place.path()
                + " is not a zonefs-j image of a kind that is known: it is damaged, or of a newer"
                + " zonefs-j");
      }
      throw new ImageException(
          place.path()
              + " is not a zonefs-j image; "
              + KnownFormat.detect(look)
                  .map(format -> "it looks like " + format.title())
                  .orElse(fileBytes == 0 ? "it is empty" : "its first bytes are of no known kind")
              + "; make an image with 'zonefs-j create'");
    }
    if (fileBytes < ImageHeader.BYTES) {
      throw truncated(place, fileBytes, ImageHeader.BYTES);
    }
    return ImageHeader.decode(look, place);
  }

  static NativeFile open(ImageLocation place, boolean readOnly) throws IOException {
    Path path = place.path();
    if (place.isDrive() && EmulatedDisk.isConventional(path)) {
      return EmulatedDisk.open(path, readOnly ? DeviceAccess.READ_ONLY : DeviceAccess.READ_WRITE);
    }
    checkRegular(path);
    return openFile(path, readOnly);
  }

  private static void checkRegular(Path path) throws ImageException {
    if (!Files.exists(path)) {
      throw new ImageException(
          path + ": there is no such file; make an image with 'zonefs-j create'");
    }
    if (Files.isDirectory(path)) {
      throw new ImageException(path + " is a directory; give an image file or a block device");
    }
    if (!Files.isRegularFile(path)) {
      throw new ImageException(path + " is not a regular file; give one, or a block device");
    }
  }

  private static NativeFile openFile(Path path, boolean readOnly) throws ImageException {
    try {
      return NativeFile.open(
          path, readOnly ? EnumSet.noneOf(Option.class) : EnumSet.of(Option.WRITE));
    } catch (IOException e) {
      throw new ImageException(
          path
              + ": the image cannot be opened for "
              + (readOnly ? "reading" : "writing")
              + " ("
              + e.getMessage()
              + "); look at the file's owner and permissions",
          e);
    }
  }

  private static ImageException truncated(ImageLocation place, long isBytes, long wantedBytes) {
    String sizes = isBytes + " bytes of " + wantedBytes;
    return place.isDrive()
        ? new ImageException(
            place.path()
                + ": the drive is smaller than when zones were emulated on it: it has "
                + sizes
                + "; give it back its size, or make them anew with 'zonefs-j mkfs --force', without"
                + " what they hold")
        : new ImageException(
            place.path()
                + ": the image is truncated: it has "
                + sizes
                + "; restore the file from a copy");
  }
}

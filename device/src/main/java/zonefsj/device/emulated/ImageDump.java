// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.zonefile.HostDirectory;
import zonefsj.device.zonefile.ZoneTable;

/**
 * Writes a new image that has the zones of another drive, in their conditions, and its bytes. The
 * header comes last, after everything else is durable: a file that is not complete is no image, and
 * is removed if the process still can. Blocks of zeros become holes.
 *
 * <p>Single-threaded.
 */
public final class ImageDump implements Closeable {
  /** The granularity of holes: blocks of most host filesystems have this size. */
  private static final int HOLE_BYTES = 4096;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(HOLE_BYTES);

  private final Path path;
  private final NativeFile file;
  private final ImageHeader header;
  private final List<SoftwareZoneState> states;
  private boolean complete;

  private ImageDump(
      Path path, NativeFile file, ImageHeader header, List<SoftwareZoneState> states) {
    this.path = path;
    this.file = file;
    this.header = header;
    this.states = states;
  }

  /**
   * Creates the file, which only its owner may read.
   *
   * @param path of the file, which must not exist
   * @param drive geometry of the drive
   * @param zones report of all its zones
   * @throws ImageException if the file exists or cannot be created, or if an image cannot have such
   *     zones; no file is left then
   */
  public static ImageDump create(Path path, DeviceGeometry drive, List<ZoneDescriptor> zones)
      throws IOException {
    ImageHeader header =
        new ImageHeader(
            ImageHeader.Features.NONE,
            UUID.randomUUID(),
            System.currentTimeMillis(),
            geometry(drive, zones));
    ImageFile.refuseExisting(path);
    List<SoftwareZoneState> states = new ArrayList<>(zones.size());
    for (ZoneDescriptor zone : zones) {
      SoftwareZoneState state = SoftwareZoneState.of(zone);
      states.add(zone.condition().isOpen() ? state.as(zone.condition()) : state);
    }
    ImageDump dump = null;
    NativeFile file = null;
    try {
      file = NativeFile.open(path, EnumSet.of(Option.WRITE, Option.CREATE_NEW, Option.PRIVATE));
      file.truncate(header.fileBytes());
      dump = new ImageDump(path, file, header, states);
      return dump;
    } catch (IOException e) {
      throw ImageFile.notMade(path, header, e);
    } finally {
      if (dump == null && file != null) {
        file.close();
        Files.deleteIfExists(path);
      }
    }
  }

  /**
   * Writes bytes of the drive.
   *
   * @param positionBytes absolute position of the first byte on the drive
   * @param source a direct buffer
   * @throws ImageException if the host does not take them
   */
  public void write(long positionBytes, ByteBuffer source) throws IOException {
    int begin = source.position();
    int end = source.limit();
    long offset = header.dataOffsetBytes() + positionBytes - begin;
    try {
      int at = begin;
      while (at < end) {
        if (isZero(source, at, end)) {
          at = Math.min(end, at + HOLE_BYTES);
          continue;
        }
        int from = at;
        while (at < end && !isZero(source, at, end)) {
          at = Math.min(end, at + HOLE_BYTES);
        }
        file.write(offset + from, source.limit(at).position(from));
        source.limit(end);
      }
      source.position(end);
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  private static boolean isZero(ByteBuffer bytes, int from, int end) {
    int length = Math.min(HOLE_BYTES, end - from);
    return bytes.slice(from, length).equals(ZEROS.slice(0, length));
  }

  /**
   * Makes the file an image, durably.
   *
   * @throws ImageException if the host does not take it
   */
  public void complete() throws IOException {
    try {
      ZoneTable table = new ZoneTable(file, ImageHeader.TABLE_OFFSET_BYTES);
      for (int zone = 0; zone < states.size(); zone++) {
        // An entry of zeros says the same of the others.
        if (!states.get(zone).equals(ZoneStateMachine.initialState(header.geometry(), zone))) {
          table.save(zone, states::get, stale -> false);
        }
      }
      file.sync();
      file.write(0, header.encode());
      HeaderCopy.keep(header, file, new ImageLocation(path, false));
      file.sync();
      HostDirectory.syncOf(path);
      complete = true;
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  /** Removes the file if it is not complete. */
  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (!complete) {
        Files.deleteIfExists(path);
      }
    }
  }

  private ImageException notWritten(IOException cause) {
    return new ImageException(
        path
            + ": the dump cannot be written: "
            + cause.getMessage()
            + "; look at the free space there; what was written is removed",
        cause);
  }

  /** The geometry of an image that has the same zones. */
  private static EmulatedGeometry geometry(DeviceGeometry drive, List<ZoneDescriptor> zones)
      throws ImageException {
    int conventional = 0;
    while (conventional < zones.size() && zones.get(conventional).type() == ZoneType.CONVENTIONAL) {
      conventional++;
    }
    long capacity = conventional < zones.size() ? zones.get(conventional).capacityBytes() : 0;
    for (ZoneDescriptor zone : zones.subList(conventional, zones.size())) {
      if (zone.type() != ZoneType.SEQUENTIAL_REQUIRED) {
        throw cannotHold(drive, "zone " + zone.index() + ", " + word(zone.type()));
      }
      if (zone.capacityBytes() != Math.min(capacity, zone.sizeBytes())) {
        throw cannotHold(
            drive,
            "zone "
                + zone.index()
                + " with a capacity of "
                + ByteSize.format(zone.capacityBytes())
                + ", beside others of "
                + ByteSize.format(capacity));
      }
    }
    OptionalInt open = drive.maxOpenZones();
    OptionalInt active = drive.maxActiveZones();
    if (open.isPresent() && active.isPresent() && open.getAsInt() > active.getAsInt()) {
      open = active;
    }
    try {
      return new EmulatedGeometry(
          drive.capacityBytes(),
          drive.zoneSizeBytes(),
          capacity,
          conventional,
          open,
          active,
          drive.blockSizeBytes(),
          drive.maxAppendBytes());
    } catch (IllegalArgumentException e) {
      throw cannotHold(drive, "such zones (" + e.getMessage() + ")");
    }
  }

  private static String word(ZoneType type) {
    return type == ZoneType.CONVENTIONAL
        ? "which is conventional and follows a sequential one"
        : "which is sequential-write-preferred";
  }

  private static ImageException cannotHold(DeviceGeometry drive, String what) {
    return new ImageException(
        drive.description()
            + ": an image cannot have "
            + what
            + "; if the drive consists of others, give those one by one");
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.KnownFormat;
import zonefsj.device.StackedDevice;
import zonefsj.device.block.FilePresence;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.zonefile.HostDirectory;
import zonefsj.device.zonefile.ZoneFileStorage;
import zonefsj.device.zonefile.ZoneTable;

/**
 * An open layer file, locked with flock(2): exclusively, or shared if it is opened read-only.
 *
 * <pre>
 * +--------+----------+--------------+----------------+-----------+------------------------+
 * | header | merge    | zone table   | table of the   | map of    | zone 0 | zone 1 | ...  |
 * | 4096   | 4096     | 32 bytes for | drive below    | blocks    | the layer's bytes,     |
 * | bytes  | bytes    | each zone    | 24 bytes each  |           | sparse                 |
 * +--------+----------+--------------+----------------+-----------+------------------------+
 * </pre>
 *
 * The map begins at a multiple of 4096, the zones at a multiple of 1 MiB. The file is sparse.
 *
 * <p>Immutable but for the file and its map of blocks; thread-safe as these are.
 */
final class LayerFile implements LayerStore {
  private static final long MERGE_OFFSET_BYTES = LayerHeader.BYTES;
  private static final long TABLE_OFFSET_BYTES = 2L * LayerHeader.BYTES;
  private static final long MAP_ALIGNMENT_BYTES = 4096;
  private static final long DATA_ALIGNMENT_BYTES = 1 << 20;
  private static final int PIECE_BYTES = 1 << 20;

  private final Path path;
  private final NativeFile file;
  private final LayerHeader header;
  private final MergeStage stage;
  private final BaseZones zones;
  private final ZoneTable table;
  private final ZoneTable.Loaded loaded;
  private final BlockMap map;
  private final BlockMapFile mapFile;
  private final ZoneFileStorage storage;
  private final ZoneStateMachine machine;

  private LayerFile(Path path, NativeFile file, LayerHeader header, DeviceGeometry geometry)
      throws IOException {
    this.path = path;
    this.file = file;
    this.header = header;
    this.stage = MergeStage.load(file, MERGE_OFFSET_BYTES, path);
    ByteBuffer base = ByteBuffer.allocate(BaseTable.lengthBytes(header.zoneCount()));
    file.read(baseOffsetBytes(header.zoneCount()), base);
    this.zones = BaseTable.decode(base.flip(), header, geometry, LayerPlace.of(path));
    checkOffsets();
    this.table = new ZoneTable(file, TABLE_OFFSET_BYTES);
    this.loaded =
        table.load(
            zones,
            header.blockSizeBytes(),
            zone -> zones.zone(zone).initialState(),
            what -> unusable(path, what));
    checkStates();
    this.machine = new ZoneStateMachine(zones, loaded.states());
    this.mapFile = new BlockMapFile(file, zones, header.mapOffsetBytes());
    this.map = mapFile.load(path);
    this.storage =
        new ZoneFileStorage(file, file, table, zones, header.dataOffsetBytes(), loaded.stale());
  }

  /** Makes a new file; no file is left if this fails. */
  static void create(Path path, BaseZones zones, UUID uuid, long createdMillis) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new LayerException(
          path
              + ": there is already something of that name; give another name, or remove it first");
    }
    DeviceGeometry geometry = zones.geometry();
    ByteBuffer base = BaseTable.encode(zones);
    long mapOffset = mapOffsetBytes(zones.zoneCount());
    LayerHeader header =
        new LayerHeader(
            LayerHeader.Features.NONE,
            uuid,
            createdMillis,
            geometry.blockSizeBytes(),
            geometry.zoneCount(),
            geometry.zoneSizeBytes(),
            geometry.capacityBytes(),
            mapOffset,
            dataOffsetBytes(mapOffset, zones),
            BaseTable.crc(base),
            geometry.description());
    boolean made = false;
    boolean complete = false;
    try (NativeFile file = NativeFile.open(path, EnumSet.of(Option.WRITE, Option.CREATE_NEW))) {
      made = true;
      file.truncate(header.fileBytes());
      file.write(baseOffsetBytes(zones.zoneCount()), base);
      file.sync();
      file.write(0, header.encode(LayerHeader.Kind.FILE));
      file.sync();
      HostDirectory.syncOf(path);
      complete = true;
    } catch (IOException e) {
      throw new LayerException(
          path
              + ": a layer of "
              + ByteSize.format(header.fileBytes())
              + " (sparse) cannot be made: "
              + e.getMessage(),
          e);
    } finally {
      if (made && !complete) {
        Files.deleteIfExists(path);
      }
    }
  }

  /**
   * Opens and locks a file.
   *
   * @param geometry of the drive below
   * @throws LayerException with a one-line message if it is missing, in use, not a layer, of a
   *     newer format, damaged or truncated, or began over a drive of another geometry
   */
  static LayerFile open(Path path, DeviceGeometry geometry, boolean readOnly) throws IOException {
    NativeFile file = openLocked(path, readOnly);
    LayerFile layer = null;
    try {
      LayerHeader header = header(path, file);
      header.checkOver(geometry, LayerPlace.of(path), readOnly);
      long isBytes = file.sizeBytes();
      if (isBytes < header.fileBytes()) {
        throw truncated(path, isBytes, header.fileBytes());
      }
      layer = new LayerFile(path, file, header, geometry);
      return layer;
    } finally {
      if (layer == null) {
        file.close();
      }
    }
  }

  /** Opens and locks a file of any content. */
  static NativeFile openLocked(Path path, boolean readOnly) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new LayerException(
          path
              + (Files.exists(path) ? " is not a regular file" : ": there is no such file")
              + "; begin a layer, or give the file of one");
    }
    NativeFile file;
    try {
      file =
          NativeFile.open(path, readOnly ? EnumSet.noneOf(Option.class) : EnumSet.of(Option.WRITE));
    } catch (IOException e) {
      throw new LayerException(
          path
              + ": the layer cannot be opened for "
              + (readOnly ? "reading" : "writing")
              + " ("
              + e.getMessage()
              + "); look at the file's owner and permissions",
          e);
    }
    boolean locked = false;
    try {
      locked = file.tryLock(readOnly);
      if (!locked) {
        throw new LayerException(
            path
                + ": the layer is in use: it is mounted, or another zonefs-j has it open; unmount"
                + " it or wait for the other one");
      }
      return file;
    } finally {
      if (!locked) {
        file.close();
      }
    }
  }

  /** Reads the header of a file. */
  static LayerHeader header(Path path, NativeFile file) throws IOException {
    long fileBytes = file.sizeBytes();
    ByteBuffer start = ByteBuffer.allocate((int) Math.min(fileBytes, KnownFormat.LOOK_BYTES));
    file.read(0, start);
    start.flip();
    if (!LayerHeader.Kind.FILE.begins(start)) {
      throw new LayerException(
          path
              + " is not a zonefs-j layer; "
              + KnownFormat.detect(start)
                  .map(format -> "it looks like " + format.title())
                  .orElse(fileBytes == 0 ? "it is empty" : "its first bytes are of no known kind")
              + "; begin a layer under another name");
    }
    if (start.limit() < LayerHeader.BYTES) {
      throw truncated(path, fileBytes, LayerHeader.BYTES);
    }
    return LayerHeader.decode(start, LayerPlace.of(path));
  }

  /** The stage of the merge of a file, of which nothing else need be whole. */
  static MergeStage stage(Path path, NativeFile file) throws IOException {
    return MergeStage.load(file, MERGE_OFFSET_BYTES, path);
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public LayerHeader header() {
    return header;
  }

  @Override
  public MergeStage stage() {
    return stage;
  }

  @Override
  public BaseZones zones() {
    return zones;
  }

  @Override
  public ZoneStateMachine machine() {
    return machine;
  }

  @Override
  public void saveCorrected() throws IOException {
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      if (!machine.state(zone).equals(loaded.states().get(zone))) {
        storage.saveState(zone, machine);
      }
    }
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public ZoneFileStorage storage() {
    return storage;
  }

  /** Whether the file is still there, and all of it. */
  @Override
  public FilePresence presence() throws IOException {
    return new FilePresence(file, header.fileBytes());
  }

  /**
   * Adds blocks whose bytes are in the file to the map. The bytes are made durable first: otherwise
   * a power failure of the host could leave the map without the bytes, and zeros in place of what
   * the drive below has.
   */
  @Override
  public void addBlocks(int zone, int from, int to) throws IOException {
    storage.sync();
    // A write that fails here is repeated, and must then not find its blocks in the map.
    mapFile.save(map, zone, from, to);
    map.add(zone, from, to);
  }

  @Override
  public List<StackedDevice.Below> below() {
    return List.of();
  }

  @Override
  public void setStage(MergeStage next) throws IOException {
    storage.sync();
    file.write(MERGE_OFFSET_BYTES, next.encode());
    storage.sync();
  }

  @Override
  public OptionalInt keptZone() {
    return OptionalInt.empty();
  }

  @Override
  public void keepBelow(int zone, long lengthBytes, BelowBytes below) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    for (long at = 0; at < lengthBytes; at += PIECE_BYTES) {
      below.read(at, piece.clear().limit((int) Math.min(PIECE_BYTES, lengthBytes - at)));
      storage.write(zone, at, new ByteBuffer[] {piece.flip()});
    }
    SoftwareZoneState state = machine.state(zone);
    storage.sync();
    table.save(
        zone,
        any ->
            new SoftwareZoneState(state.condition(), state.pointerBytes(), state.writtenBytes(), 1),
        any -> false);
    storage.sync();
  }

  @Override
  public void remove() throws IOException {
    remove(path);
  }

  /** Removes a file, also one that a link leads to; whoever has it open keeps it locked. */
  static void remove(Path path) throws IOException {
    if (Files.isSymbolicLink(path) && Files.exists(path)) {
      Path real = path.toRealPath();
      Files.delete(real);
      HostDirectory.syncOf(real);
    }
    Files.deleteIfExists(path);
    HostDirectory.syncOf(path);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The exception for a file that is damaged. */
  static LayerException unusable(Path path, String why) {
    return LayerPlace.of(path).unusable(why);
  }

  private static LayerException truncated(Path path, long isBytes, long wantedBytes) {
    return new LayerException(
        path
            + ": the layer is truncated: it has "
            + isBytes
            + " bytes of "
            + wantedBytes
            + "; restore the file from a copy, or remove it to drop the layer with its changes");
  }

  private void checkOffsets() throws LayerException {
    long mapOffset = mapOffsetBytes(header.zoneCount());
    if (header.mapOffsetBytes() != mapOffset
        || header.dataOffsetBytes() != dataOffsetBytes(mapOffset, zones)) {
      throw unusable(path, "header is damaged: its offsets do not fit the drive below");
    }
  }

  private void checkStates() throws LayerException {
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      BaseZone base = zones.zone(zone);
      SoftwareZoneState state = loaded.states().get(zone);
      boolean fits =
          (base.conventional() || base.isFailed())
              ? state.equals(base.initialState())
              : LayeredStorage.isHidden(state) || state.writtenBytes() >= base.pointerBytes();
      if (!fits) {
        throw unusable(
            path, "table entry of zone " + zone + " is damaged: it does not fit the drive below");
      }
    }
  }

  private static long baseOffsetBytes(int zones) {
    return TABLE_OFFSET_BYTES + (long) zones * ZoneTable.ENTRY_BYTES;
  }

  private static long mapOffsetBytes(int zones) {
    return aligned(
        baseOffsetBytes(zones) + (long) zones * BaseTable.ENTRY_BYTES, MAP_ALIGNMENT_BYTES);
  }

  private static long dataOffsetBytes(long mapOffsetBytes, BaseZones zones) {
    return aligned(mapOffsetBytes + BlockMapFile.lengthBytes(zones), DATA_ALIGNMENT_BYTES);
  }

  private static long aligned(long bytes, long alignmentBytes) {
    long units = (bytes + alignmentBytes - 1) / alignmentBytes;
    return units * alignmentBytes;
  }
}

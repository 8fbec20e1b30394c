// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.IntStream;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.KnownFormat;
import zonefsj.device.MediumPresence;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.spec.DeviceSpecException;

/**
 * An open layer on a drive: its first two zones are {@link LayerLabels}, the third is the spare
 * zone of merges, and then there is one for each zone of the drive below.
 *
 * <p>Threading: as {@link LayerDriveStorage}.
 */
final class LayerDrive implements LayerStore {
  /** For the zones of the labels, and for the spare zone. */
  private static final int RESERVED_ACTIVE = LayerDriveStorage.RESERVED;

  private static final int SPARE = LayerDriveStorage.SPARE;
  private static final int RESERVED = LayerDriveStorage.RESERVED;
  private static final int PIECE_BYTES = 1 << 20;

  private final ZonedDevice top;
  private final Part part;
  private final LayerHeader header;
  private final BaseZones zones;
  private final LayerRows rows;
  private final BlockMap map;
  private final LayerDriveStorage storage;

  /** Zones of the drive when it was opened. */
  private final List<ZoneDescriptor> reported;

  private final List<SoftwareZoneState> states;
  private final ZoneStateMachine machine;

  private LayerDrive(
      Part part,
      LayerLabels.Found found,
      BaseZones zones,
      List<ZoneDescriptor> reported,
      ZonedDevice base,
      boolean readOnly) {
    this.top = part.device();
    this.part = part;
    this.header = found.header();
    this.zones = zones;
    this.reported = reported;
    this.rows = new LayerRows(found.labels(), found.newest());
    this.map = new BlockMap(zones);
    this.storage = new LayerDriveStorage(part, base, zones, rows, map, readOnly);
    this.states =
        IntStream.range(0, zones.zoneCount())
            .mapToObj(zone -> storage.stateOf(zone, reported.get(zone)))
            .toList();
    this.machine = new ZoneStateMachine(zones, states);
  }

  private static LayerPlace place(ZonedDevice top) {
    return new LayerPlace(
        top.geometry().description(),
        "empty the drive with 'zonefs-j zone reset --force' to drop the layer with its changes");
  }

  /**
   * Begins a layer on a drive.
   *
   * @param base the drive below
   * @param erases whether the drive may hold something, which is lost then
   * @throws LayerException with a one-line message if it does not fit the drive below, or holds
   *     something; nothing is changed then
   */
  static void create(
      ZonedDevice top, ZonedDevice base, boolean erases, UUID uuid, long createdMillis)
      throws IOException {
    BaseZones below = BaseZones.of(base);
    DeviceGeometry geometry = below.geometry();
    List<ZoneDescriptor> zones = top.report(0, top.geometry().zoneCount());
    checkFit(top, zones, below, true);
    checkActive(top, below);
    if (!erases && !PartShapes.isEmpty(top)) {
      throw new LayerException(
          top.geometry().description()
              + " is not empty, so no layer begins on it; 'zonefs-j layer create --force'"
              + " overwrites what it holds");
    }
    Part part = new Part(top, 0);
    LayerLabels.Found before = LayerLabels.read(part, place(top)).orElse(null);
    if (before != null && before.newest().stage().isInterrupted()) {
      throw DiffLayer.interrupted(top.geometry().description());
    }
    for (ZoneDescriptor zone : zones) {
      if (zone.condition().isActive() || zone.condition() == ZoneCondition.FULL) {
        part.reset(zone.index());
      }
    }
    ByteBuffer table = BaseTable.encode(below);
    int block = top.geometry().blockSizeBytes();
    LayerHeader header =
        new LayerHeader(
            LayerHeader.Features.NONE,
            uuid,
            createdMillis,
            geometry.blockSizeBytes(),
            geometry.zoneCount(),
            geometry.zoneSizeBytes(),
            geometry.capacityBytes(),
            LayerHeader.BYTES,
            LayerLabels.headBytes(geometry.zoneCount(), block),
            BaseTable.crc(table),
            geometry.description());
    new LayerLabels(part, LayerLabels.head(header, table, block), geometry.zoneCount())
        .begin(LayerRecord.first(uuid, geometry.zoneCount()));
  }

  /**
   * What the labels of a drive say.
   *
   * @throws DeviceSpecException if it keeps no layer
   */
  private static LayerLabels.Found read(Part part) throws IOException {
    LayerPlace place = place(part.device());
    return LayerLabels.read(part, place)
        .orElseThrow(
            () ->
                DeviceSpecException.ofNothing(
                    place
                        + " keeps no layer; 'zonefs-j layer create' begins one on an empty drive"));
  }

  /** The identity of the layer that a drive keeps; empty if it keeps none. */
  static Optional<UUID> identity(ZonedDevice top) throws IOException {
    return LayerLabels.read(new Part(top, 0), place(top)).map(found -> found.header().uuid());
  }

  /**
   * Opens the layer on a drive.
   *
   * @param top owned by the result, not if this fails
   * @param base the drive below; stays the caller's
   * @throws LayerException with a one-line message if it is damaged, or began over a drive of
   *     another geometry
   * @throws DeviceSpecException if the drive keeps no layer
   */
  static LayerDrive open(ZonedDevice top, ZonedDevice base, boolean readOnly) throws IOException {
    Part part = new Part(top, 0);
    LayerPlace place = place(top);
    LayerLabels.Found found = read(part);
    LayerHeader header = found.header();
    header.checkOver(base.geometry(), place, readOnly);
    BaseZones zones =
        BaseTable.decode(found.table(), header, limited(base.geometry(), top.geometry()), place);
    List<ZoneDescriptor> reported = part.reportAll(readOnly);
    checkFit(top, reported, zones, false);
    return new LayerDrive(
        part,
        found,
        zones,
        reported.subList(RESERVED, RESERVED + zones.zoneCount()),
        base,
        readOnly);
  }

  /** What the drive below and the layer's drive both allow. */
  private static DeviceGeometry limited(DeviceGeometry base, DeviceGeometry top) {
    return new DeviceGeometry(
        base.model(),
        base.blockSizeBytes(),
        base.zoneCount(),
        base.zoneSizeBytes(),
        base.capacityBytes(),
        least(base.maxOpenZones(), top.maxOpenZones()),
        least(base.maxActiveZones(), activeOf(top)),
        base.maxAppendBytes(),
        base.description());
  }

  private static OptionalInt activeOf(DeviceGeometry top) {
    return top.maxActiveZones().isPresent()
        ? OptionalInt.of(top.maxActiveZones().getAsInt() - RESERVED_ACTIVE)
        : OptionalInt.empty();
  }

  private static OptionalInt least(OptionalInt one, OptionalInt other) {
    return one.isPresent() && other.isPresent()
        ? OptionalInt.of(Math.min(one.getAsInt(), other.getAsInt()))
        : one.isPresent() ? one : other;
  }

  private static void checkFit(
      ZonedDevice top, List<ZoneDescriptor> zones, BaseZones below, boolean isNew)
      throws LayerException {
    DeviceGeometry over = top.geometry();
    DeviceGeometry under = below.geometry();
    if (under.blockSizeBytes() % over.blockSizeBytes() != 0) {
      throw doesNotFit(top, below, "its blocks are larger");
    }
    if (zones.size() < RESERVED + below.zoneCount()) {
      throw doesNotFit(
          top,
          below,
          "it has "
              + zones.size()
              + " zones, and needs "
              + RESERVED
              + " more than the "
              + below.zoneCount()
              + " of the drive below");
    }
    for (ZoneDescriptor zone : zones.subList(0, RESERVED + below.zoneCount())) {
      if (isNew && zone.hasFailed()) {
        // It may hold what an earlier layer has written, and never lose it.
        throw doesNotFit(top, below, "its zone " + zone.index() + " has failed");
      }
    }
    long label = LayerLabels.leastBytes(below.zoneCount(), over.blockSizeBytes());
    for (int zone = 0; zone < SPARE; zone++) {
      if (zones.get(zone).capacityBytes() < label) {
        throw doesNotFit(top, below, "its label takes " + label + " bytes, and a zone has fewer");
      }
    }
    long most = 0;
    for (int zone = 0; zone < below.zoneCount(); zone++) {
      ZoneDescriptor own = zones.get(RESERVED + zone);
      boolean conventional = own.type() == ZoneType.CONVENTIONAL;
      long needed =
          below.isConventional(zone) ? below.sizeOfBytes(zone) : below.zone(zone).capacityBytes();
      most = Math.max(most, below.isConventional(zone) ? 0 : needed);
      if (conventional != below.isConventional(zone) || own.capacityBytes() < needed) {
        throw doesNotFit(
            top,
            below,
            "its zone "
                + own.index()
                + " stands for zone "
                + zone
                + " of the drive below, and has "
                + (conventional == below.isConventional(zone) ? "less room" : "another type"));
      }
    }
    if (zones.get(SPARE).capacityBytes() < most) {
      throw doesNotFit(top, below, "its zone " + SPARE + " is smaller than those of that drive");
    }
  }

  private static void checkActive(ZonedDevice top, BaseZones below) throws LayerException {
    OptionalInt limit = activeOf(top.geometry());
    long active = below.zones().stream().filter(zone -> zone.condition().isActive()).count();
    if (limit.isPresent() && (limit.getAsInt() < 1 || limit.getAsInt() < active)) {
      throw doesNotFit(
          top,
          below,
          "it allows "
              + (limit.getAsInt() + RESERVED_ACTIVE)
              + " active zones, of which the layer takes "
              + RESERVED_ACTIVE
              + ", and the drive below has "
              + active);
    }
  }

  private static LayerException doesNotFit(ZonedDevice top, BaseZones below, String why) {
    return new LayerException(
        top.geometry().description()
            + " cannot keep a layer over "
            + below.geometry().description()
            + ": "
            + why
            + "; give a drive of the same zones with "
            + RESERVED
            + " more at its beginning, or keep the layer in a file");
  }

  @Override
  public String name() {
    return top.geometry().description();
  }

  @Override
  public LayerHeader header() {
    return header;
  }

  @Override
  public MergeStage stage() {
    return rows.stage();
  }

  @Override
  public BaseZones zones() {
    return zones;
  }

  @Override
  public ZoneStateMachine machine() {
    return machine;
  }

  /** Completes what an end has left, on the drive and in its labels. */
  @Override
  public void saveCorrected() throws IOException {
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      SoftwareZoneState state = machine.state(zone);
      ZoneDescriptor own = reported.get(zone);
      boolean isReset = storage.tidy(zone, own, state);
      boolean isFinished =
          state.condition() == ZoneCondition.FULL
              && !state.equals(states.get(zone))
              && !own.condition().isActive();
      if (isFinished && !isReset) {
        part.finish(RESERVED + zone);
      }
    }
    part.flush();
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      if (!reported.get(zone).hasFailed()) {
        rows.forgotten(zone);
      }
    }
    rows.renew();
  }

  @Override
  public BlockMap map() {
    return map;
  }

  /** Not called: the first write to a conventional zone adds all its blocks. */
  @Override
  public void addBlocks(int zone, int from, int to) {
    map.add(zone, from, to);
  }

  @Override
  public LayerDriveStorage storage() {
    return storage;
  }

  @Override
  public MediumPresence presence() {
    return new MediumPresence() {
      @Override
      public boolean isPresent() {
        return MediumPresence.ofAll(top);
      }

      @Override
      public String loss() {
        return MediumPresence.lossOf(top);
      }
    };
  }

  @Override
  public List<StackedDevice.Below> below() {
    return List.of(StackedDevice.Below.of(top));
  }

  @Override
  public void setStage(MergeStage next) throws IOException {
    part.flush();
    rows.setStage(next);
    save();
  }

  private void save() throws IOException {
    rows.save();
    part.flush();
  }

  @Override
  public OptionalInt keptZone() {
    int zone = rows.spareOf();
    return zone == LayerRecord.NO_ZONE ? OptionalInt.empty() : OptionalInt.of(zone);
  }

  @Override
  public void keepBelow(int zone, long lengthBytes, BelowBytes below) throws IOException {
    if (rows.spareOf() != LayerRecord.NO_ZONE) {
      rows.setSpareOf(LayerRecord.NO_ZONE);
      save();
    }
    empty(part, SPARE);
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    for (long at = 0; at < lengthBytes; at += PIECE_BYTES) {
      below.read(at, piece.clear().limit((int) Math.min(PIECE_BYTES, lengthBytes - at)));
      part.write(SPARE, at, piece.flip());
    }
    part.flush();
    rows.setSpareOf(zone);
    save();
  }

  @Override
  public void remove() throws IOException {
    remove(part);
  }

  /**
   * Removes the layer from a drive, of which nothing but the labels need be whole.
   *
   * @throws LayerException if its merge was interrupted
   */
  static UUID drop(ZonedDevice top) throws IOException {
    Part part = new Part(top, 0);
    LayerLabels.Found found = read(part);
    LayerRows rows = new LayerRows(found.labels(), found.newest());
    if (rows.stage().isInterrupted()) {
      throw DiffLayer.interrupted(top.geometry().description());
    }
    rows.setStage(MergeStage.DROPPED);
    rows.renew();
    remove(part);
    return found.header().uuid();
  }

  /** Empties a drive; the labels last, which say until then that the layer ends. */
  private static void remove(Part part) throws IOException {
    int count = part.device().geometry().zoneCount();
    for (int zone = SPARE; zone < count; zone++) {
      empty(part, zone);
    }
    part.flush();
    for (int zone = 0; zone < SPARE; zone++) {
      empty(part, zone);
      if (part.report(zone).type() == ZoneType.CONVENTIONAL) {
        part.pad(zone, 0, Math.min(KnownFormat.LOOK_BYTES, part.report(zone).sizeBytes()));
      }
      part.flush();
    }
  }

  private static void empty(Part part, int zone) throws IOException {
    ZoneCondition condition = part.report(zone).condition();
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      part.reset(zone);
    }
  }

  @Override
  public void close() throws IOException {
    top.close();
  }
}

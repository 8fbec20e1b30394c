// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.MediumRoom;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.ReportedShapes;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/**
 * Drives side by side: a zone has the size and the capacity of as many zones, and its bytes are in
 * chunks on one part after the other. Long accesses use all parts at the same time. If one part is
 * lost, everything is.
 *
 * <p>Each part has a label ({@link PartLabel}), so parts may be given in any order, and no other
 * drive is taken for one. All parts need the same block size, and zones of the same sizes,
 * capacities and types. If one has more zones than the others, these are not used, until all have
 * them. The limits of open and active zones are the strictest of the parts, because every zone
 * takes part of them all.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}.
 */
public final class StripedZonedDevice extends SoftwareZonedDevice
    implements StackedDevice, MediumRoom {
  private static final Logger LOG = LoggerFactory.getLogger(StripedZonedDevice.class);
  private static final String KIND = "striped";

  /** Longest chunk if the user gives none; shorter if capacities are no multiple of it. */
  private static final long MAX_DEFAULT_CHUNK_BYTES = 128 << 10;

  private final ComposedParts parts;

  private StripedZonedDevice(
      DeviceGeometry geometry,
      ZoneStateMachine machine,
      StripedStorage storage,
      ComposedParts parts,
      boolean readOnly) {
    super(geometry, machine, storage, readOnly);
    this.parts = parts;
  }

  /**
   * Puts drives together. If they are writable, brings zones whose write pointers do not fit
   * together into a state that does.
   *
   * @param devices in any order; owned by the result, if this does not fail
   * @param wantedChunkBytes length of a chunk; 0: that of the labels, or the best one for a new
   *     drive
   * @param readOnly whether they were opened to be read only
   * @param creation whether it may be made of drives that are no parts of a striped drive
   * @throws IOException with a one-line message if they do not fit together or cannot be read
   */
  public static StripedZonedDevice of(
      List<ZonedDevice> devices, long wantedChunkBytes, boolean readOnly, Creation creation)
      throws IOException {
    ComposedParts unordered = new ComposedParts(KIND, devices, PartLabels.ZONES);
    PartShapes.requireSameSizes(KIND, devices);
    List<List<ZoneDescriptor>> shapes = reports(unordered, readOnly);
    for (int part = 1; part < devices.size(); part++) {
      PartShapes.requireSameZones(
          KIND, devices.get(0), shapes.get(0), devices.get(part), shapes.get(part));
    }
    long chunk = chunkBytes(unordered.get(0).device().geometry(), shapes.get(0), wantedChunkBytes);
    PartLabel wanted =
        new PartLabel(new UUID(0, 0), PartLabel.STRIPED, devices.size(), 0, wantedChunkBytes);
    PartLabel created = new PartLabel(new UUID(0, 0), PartLabel.STRIPED, devices.size(), 0, chunk);
    List<ZonedDevice> ordered = PartLabels.order(devices, wanted, created, KIND, creation);
    long labelled = PartLabels.read(ordered.get(0)).orElseThrow().chunkBytes();
    return assemble(
        new ComposedParts(KIND, ordered, PartLabels.ZONES),
        chunkBytes(ordered.get(0).geometry(), shapes.get(0), labelled),
        readOnly);
  }

  /** The data zones of all parts; of one that has more, as many as of the others. */
  private static List<List<ZoneDescriptor>> reports(ComposedParts parts, boolean readOnly)
      throws IOException {
    List<List<ZoneDescriptor>> reports = new ArrayList<>();
    for (int part = 0; part < parts.count(); part++) {
      reports.add(parts.get(part).reportAll(readOnly));
    }
    int count = reports.stream().mapToInt(List::size).min().orElseThrow();
    reports.replaceAll(report -> report.subList(0, count));
    if (count == 0) {
      throw new DeviceSpecException(
          KIND + ": a part has " + PartLabels.ZONES + " zones or fewer; give larger drives");
    }
    return reports;
  }

  private static StripedZonedDevice assemble(ComposedParts parts, long chunk, boolean readOnly)
      throws IOException {
    List<List<ZoneDescriptor>> reports = reports(parts, readOnly);
    int count = reports.get(0).size();
    DeviceGeometry geometry = geometry(parts, reports.get(0));
    StripedStorage storage =
        new StripedStorage(parts, new StripeLayout(parts.count(), chunk), readOnly);
    List<SoftwareZoneState> states = new ArrayList<>();
    List<Integer> uneven = new ArrayList<>();
    for (int zone = 0; zone < count; zone++) {
      int number = zone;
      List<ZoneDescriptor> zones = reports.stream().map(report -> report.get(number)).toList();
      SoftwareZoneState state = storage.stateOf(zones);
      states.add(state);
      if (storage.isUneven(zones, state)) {
        uneven.add(zone);
      }
    }
    ZoneStateMachine machine =
        new ZoneStateMachine(
            new ReportedShapes(geometry, shapes(parts.count(), reports.get(0))), states);
    if (!readOnly) {
      storage.finishExcess(machine, states);
      // First those that give back active resources: later ones may need them.
      uneven.sort(
          Comparator.comparing((Integer zone) -> machine.state(zone).condition().isActive()));
      for (int zone : uneven) {
        LOG.info("{}: zone {} is brought to the same state on all drives", KIND, zone);
        machine.settle(zone, storage.level(zone));
      }
    }
    return new StripedZonedDevice(geometry, machine, storage, parts, readOnly);
  }

  private static DeviceGeometry geometry(ComposedParts parts, List<ZoneDescriptor> zones) {
    DeviceGeometry first = parts.get(0).device().geometry();
    ZoneDescriptor last = zones.get(zones.size() - 1);
    int times = parts.count();
    int append = parts.geometries().mapToInt(DeviceGeometry::maxAppendBytes).min().orElseThrow();
    return new DeviceGeometry(
        DeviceModel.HOST_MANAGED,
        first.blockSizeBytes(),
        zones.size(),
        times * first.zoneSizeBytes(),
        times * (last.startBytes() + last.sizeBytes() - zones.get(0).startBytes()),
        parts.least(DeviceGeometry::maxOpenZones),
        parts.least(DeviceGeometry::maxActiveZones),
        append,
        parts
            .geometries()
            .map(DeviceGeometry::description)
            .collect(Collectors.joining(",", KIND + "(", ")")));
  }

  /** The zones of the first part, as many times as long. */
  private static List<ZoneDescriptor> shapes(int times, List<ZoneDescriptor> zones) {
    return zones.stream()
        .map(
            zone ->
                new ZoneDescriptor(
                    zone.index() - PartLabels.ZONES,
                    zone.type(),
                    zone.condition(),
                    times * (zone.startBytes() - zones.get(0).startBytes()),
                    times * zone.sizeBytes(),
                    times * zone.capacityBytes(),
                    times * (zone.startBytes() - zones.get(0).startBytes())))
        .toList();
  }

  private static long chunkBytes(
      DeviceGeometry geometry, List<ZoneDescriptor> zones, long wantedBytes)
      throws DeviceSpecException {
    if (wantedBytes == 0) {
      long all = zones.stream().mapToLong(ZoneDescriptor::capacityBytes).reduce(0, (a, b) -> a | b);
      // The largest power of two that divides all capacities; they are multiples of the block.
      return Math.max(
          geometry.blockSizeBytes(), Math.min(Long.lowestOneBit(all), MAX_DEFAULT_CHUNK_BYTES));
    }
    for (ZoneDescriptor zone : zones) {
      if (wantedBytes % geometry.blockSizeBytes() != 0 || zone.capacityBytes() % wantedBytes != 0) {
        throw new DeviceSpecException(
            KIND
                + ": a chunk of "
                + ByteSize.format(wantedBytes)
                + " does not do: it must be a multiple of the block size "
                + ByteSize.format(geometry.blockSizeBytes())
                + " and divide the capacity of every zone, like the "
                + ByteSize.format(zone.capacityBytes())
                + " of zone "
                + zone.index());
      }
    }
    return wantedBytes;
  }

  /** As many as the smallest part has room for. */
  @Override
  public int zonesOfMedium() {
    int least =
        parts.devices().stream().mapToInt(MediumRoom::of).min().orElseThrow() - PartLabels.ZONES;
    return Math.max(geometry().zoneCount(), least);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public List<Below> below() {
    return parts.devices().stream().map(Below::of).toList();
  }
}

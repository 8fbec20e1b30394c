// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
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

/**
 * Drives one after the other: the zones of the second follow those of the first.
 *
 * <p>All parts need the same block size and zone size. A shorter last zone of any part but the last
 * is not used. Only the last part may grow, and a drive that is added comes last: nothing tells
 * which number a zone had before. The limits of open and active zones are the strictest of the
 * parts, because all zones that are open may be on one of them.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}; a flush uses all parts at the same time.
 */
public final class ConcatZonedDevice extends SoftwareZonedDevice
    implements StackedDevice, MediumRoom {
  private static final String KIND = "concat";

  private final ComposedParts parts;

  private ConcatZonedDevice(
      DeviceGeometry geometry,
      ZoneStateMachine machine,
      ConcatStorage storage,
      ComposedParts parts,
      boolean readOnly) {
    super(geometry, machine, storage, readOnly);
    this.parts = parts;
  }

  /**
   * Puts drives together.
   *
   * @param devices owned by the result, if this does not fail
   * @param readOnly whether they were opened to be read only
   * @throws IOException with a one-line message if they do not fit together or cannot be read
   */
  public static ConcatZonedDevice of(List<ZonedDevice> devices, boolean readOnly)
      throws IOException {
    ComposedParts parts = new ComposedParts(KIND, devices, 0);
    PartShapes.requireSameSizes(KIND, devices);
    long zoneSize = parts.get(0).device().geometry().zoneSizeBytes();
    List<ZoneDescriptor> zones = new ArrayList<>();
    int[] firstZones = new int[parts.count() + 1];
    long capacity = 0;
    for (int index = 0; index < parts.count(); index++) {
      DeviceGeometry part = parts.get(index).device().geometry();
      boolean last = index == parts.count() - 1;
      int used = last ? part.zoneCount() : (int) (part.capacityBytes() / zoneSize);
      zones.addAll(parts.get(index).reportAll(readOnly).subList(0, used));
      capacity += last ? part.capacityBytes() : used * zoneSize;
      firstZones[index + 1] = Math.addExact(firstZones[index], used);
    }
    DeviceGeometry geometry =
        new DeviceGeometry(
            DeviceModel.HOST_MANAGED,
            parts.get(0).device().geometry().blockSizeBytes(),
            zones.size(),
            zoneSize,
            capacity,
            parts.least(DeviceGeometry::maxOpenZones),
            parts.least(DeviceGeometry::maxActiveZones),
            parts.geometries().mapToInt(DeviceGeometry::maxAppendBytes).min().orElseThrow(),
            parts
                .geometries()
                .map(DeviceGeometry::description)
                .collect(Collectors.joining(",", KIND + "(", ")")));
    List<SoftwareZoneState> states = zones.stream().map(SoftwareZoneState::of).toList();
    ZoneStateMachine machine = new ZoneStateMachine(new ReportedShapes(geometry, zones), states);
    ConcatStorage storage = new ConcatStorage(parts, firstZones);
    if (!readOnly) {
      storage.finishExcess(machine, states);
    }
    return new ConcatZonedDevice(geometry, machine, storage, parts, readOnly);
  }

  /** Only the last part has room for more: what others had would move the zones behind them. */
  @Override
  public int zonesOfMedium() {
    ZonedDevice last = parts.get(parts.count() - 1).device();
    return geometry().zoneCount() + MediumRoom.of(last) - last.geometry().zoneCount();
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

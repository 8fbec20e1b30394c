// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DriveLayerSpec;
import zonefsj.device.layer.FileLayerSpec;
import zonefsj.device.layer.MemoryLayer;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * A single drive that a trial does not change: what is written goes to memory. It is opened as the
 * format opens it, so that one in use is refused, and says of itself what the drive says. The parts
 * of a drive that is put together are written before the whole can be checked; a trial finds out
 * first what would be refused.
 *
 * @param drive a single drive, or a layer file
 * @param force whether the drive may hold anything
 * @param renewsZones whether emulated zones that the drive has already do not count
 */
record TrialSpec(DeviceSpec drive, boolean force, boolean renewsZones) implements DeviceSpec {
  /** Labels and the first entries of a filesystem take much less. */
  private static final OptionalLong MOST_BYTES = OptionalLong.of(256L << 20);

  /** A SPEC in which every drive is one of a trial. */
  static DeviceSpec of(DeviceSpec spec, boolean force) {
    return of(spec, force, force);
  }

  private static DeviceSpec of(DeviceSpec spec, boolean force, boolean renewsZones) {
    if (spec.isNew()) {
      return spec;
    }
    if (spec.parts().isEmpty() || spec instanceof FileLayerSpec) {
      return new TrialSpec(spec, force, renewsZones);
    }
    if (spec instanceof DriveLayerSpec layer) {
      return layer.forTrial(
          List.of(of(layer.top(), force, false), of(layer.part(), force, renewsZones)));
    }
    List<DeviceSpec> parts = new ArrayList<>();
    for (DeviceSpec part : spec.parts()) {
      parts.add(of(part, force, renewsZones));
    }
    return spec.forTrial(parts);
  }

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    if (opening.creation() != Creation.NONE
        && drive instanceof PathSpec at
        && Files.exists(at.path())
        && EmulatedDisk.isConventional(at.path())
        && (renewsZones || !EmulatedDisk.isEmulated(at.path()))) {
      return emulated(at.path());
    }
    // A layer file would be made by that.
    boolean isMade = drive instanceof FileLayerSpec;
    ZonedDevice base =
        isMade ? drive.open(opening.toRead()) : drive.forTrial(List.of()).open(opening);
    if (opening.access() == DeviceAccess.READ_ONLY) {
      return base;
    }
    boolean opened = false;
    try {
      ZonedDevice layer = MemoryLayer.open(base, MOST_BYTES);
      opened = true;
      return new StandIn(layer, base.geometry().description(), () -> {});
    } finally {
      if (!opened) {
        base.close();
      }
    }
  }

  /** Zones that are not on the drive yet. */
  private ZonedDevice emulated(Path path) throws IOException {
    if (!force) {
      ForeignFormat.refuse(path.toString(), EmulatedDisk.look(path));
    }
    ZonedDevice zones = RamZonedDevice.create(EmulatedDisk.geometryOf(path));
    return new StandIn(zones, path.toString(), EmulatedDisk.hold(path));
  }

  /** A drive in memory that calls itself what the drive is for which it stands. */
  private static final class StandIn extends FilterZonedDevice {
    private final String name;
    private final Closeable held;

    /**
     * @param held is closed with it
     */
    StandIn(ZonedDevice drive, String name, Closeable held) {
      super(drive);
      this.name = name;
      this.held = held;
    }

    @Override
    public DeviceGeometry geometry() {
      return super.geometry().withDescription(name);
    }

    @Override
    public void close() throws IOException {
      try (held) {
        super.close();
      }
    }
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new TrialSpec(drive.absolute(lookup), force, renewsZones);
  }

  @Override
  public String toString() {
    return drive.toString();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * A new emulated drive in memory.
 *
 * @param geometry its geometry
 */
public record MemorySpec(EmulatedGeometry geometry) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) {
    return RamZonedDevice.create(geometry);
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) {
    return this;
  }

  @Override
  public boolean isNew() {
    return true;
  }

  @Override
  public boolean losesChanges() {
    return true;
  }

  @Override
  public long memoryBytes() {
    return geometry.sizeBytes();
  }

  @Override
  public String toString() {
    EmulatedGeometry usual = EmulatedGeometry.ofSize(geometry.sizeBytes());
    StringBuilder text = new StringBuilder(ByteSize.format(geometry.sizeBytes()));
    if (geometry.blockSizeBytes() != usual.blockSizeBytes()) {
      text.append(",block-size=").append(ByteSize.format(geometry.blockSizeBytes()));
    }
    if (geometry.zoneSizeBytes() != usual.zoneSizeBytes()) {
      text.append(",zone-size=").append(ByteSize.format(geometry.zoneSizeBytes()));
    }
    if (geometry.zoneCapacityBytes() != geometry.zoneSizeBytes()) {
      text.append(",zone-capacity=").append(ByteSize.format(geometry.zoneCapacityBytes()));
    }
    if (geometry.conventionalZones() > 0) {
      text.append(",conventional=").append(geometry.conventionalZones());
    }
    if (!geometry.maxOpenZones().equals(usual.maxOpenZones())
        || !geometry.maxActiveZones().equals(usual.maxActiveZones())) {
      text.append(",max-open=").append(limit(geometry.maxOpenZones()));
      text.append(",max-active=").append(limit(geometry.maxActiveZones()));
    }
    return text.indexOf(",") < 0 ? "mem:" + text : "mem(" + text + ")";
  }

  private static String limit(OptionalInt zones) {
    return zones.isPresent() ? Integer.toString(zones.getAsInt()) : "none";
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * A layer in memory over a drive that is only read.
 *
 * @param part the drive below
 * @param maxBytes most bytes of changes
 */
record MemoryLayerSpec(DeviceSpec part, long maxBytes) implements DeviceSpec {
  /** Enough to try a repair or an upgrade. */
  static final long DEFAULT_MAX_BYTES = 512L << 20;

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening
        .toRead()
        .openTogether(
            parts(), drives -> MemoryLayer.open(drives.get(0), OptionalLong.of(maxBytes)));
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(part);
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new MemoryLayerSpec(others.get(0), maxBytes);
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new MemoryLayerSpec(part.absolute(lookup), maxBytes);
  }

  @Override
  public Stream<DeviceSpec> changedDrives() {
    return Stream.empty();
  }

  @Override
  public boolean losesChanges() {
    return true;
  }

  @Override
  public long memoryBytes() {
    return maxBytes + part.memoryBytes();
  }

  @Override
  public String toString() {
    return maxBytes == DEFAULT_MAX_BYTES
        ? "memdiff(" + part + ")"
        : "memdiff(" + part + ",max=" + ByteSize.format(maxBytes) + ")";
  }
}

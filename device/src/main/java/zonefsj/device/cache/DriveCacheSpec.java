// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A read cache on a drive in front of another one.
 *
 * @param top the drive that keeps the cache
 * @param sizeBytes of the cache
 * @param part the drive that is cached
 */
record DriveCacheSpec(DeviceSpec top, long sizeBytes, DeviceSpec part) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openBeside(
        top,
        part,
        drives ->
            CachedZonedDevice.onDrive(
                drives.get(1), drives.get(0), sizeBytes, CacheOptions.DEFAULT));
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(top, part);
  }

  @Override
  public Stream<DeviceSpec> changedDrives() {
    return part.changedDrives();
  }

  /** What the cache loses, the drive below has. */
  @Override
  public boolean losesChanges() {
    return part.losesChanges();
  }

  @Override
  public boolean isNew() {
    return part.isNew();
  }

  @Override
  public boolean labelsParts() {
    return part.labelsParts();
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new DriveCacheSpec(
        others.get(0), Math.min(sizeBytes, CacheSpec.TRIAL_BYTES), others.get(1));
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new DriveCacheSpec(top.absolute(lookup), sizeBytes, part.absolute(lookup));
  }

  @Override
  public long memoryBytes() {
    return CacheSpec.heapBytes(sizeBytes, LineShard.MOST_SLOT_BYTES + DriveLines.SLOT_BYTES)
        + top.memoryBytes()
        + part.memoryBytes();
  }

  @Override
  public String toString() {
    return "cache("
        + SpecWord.withKind(top)
        + ","
        + part
        + ",size="
        + ByteSize.format(sizeBytes)
        + ")";
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A read cache in front of a drive.
 *
 * @param file of the cache; null: in memory
 * @param sizeBytes of the cache
 * @param part the drive
 */
record CacheSpec(@Nullable Path file, long sizeBytes, DeviceSpec part) implements DeviceSpec {
  /** A cache that is only tried needs no more. */
  static final long TRIAL_BYTES = 1 << 20;

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openTogether(
        parts(),
        drives ->
            file == null
                ? CachedZonedDevice.inMemory(drives.get(0), sizeBytes, CacheOptions.DEFAULT)
                : CachedZonedDevice.inFile(drives.get(0), file, sizeBytes, CacheOptions.DEFAULT));
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(part);
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    CacheSpec inMemory = new CacheSpec(null, Math.min(sizeBytes, TRIAL_BYTES), others.get(0));
    return file == null ? inMemory : new Trial(file, inMemory);
  }

  /** Bytes of heap for what a cache must know of its lines, wherever these are. */
  static long heapBytes(long sizeBytes, long slotBytes) {
    return CachedZonedDevice.mostSlots(sizeBytes, CacheOptions.DEFAULT) * slotBytes;
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new CacheSpec(
        file == null ? null : file.toAbsolutePath(), sizeBytes, part.absolute(lookup));
  }

  @Override
  public long memoryBytes() {
    return heapBytes(sizeBytes, LineShard.MOST_SLOT_BYTES) + part.memoryBytes();
  }

  @Override
  public long directMemoryBytes() {
    return (file == null ? sizeBytes : 0) + part.directMemoryBytes();
  }

  @Override
  public String toString() {
    String size = ByteSize.format(sizeBytes);
    return file == null
        ? "cache(" + size + "," + part + ")"
        : "cache(" + SpecWord.quoted(file.toString()) + "," + part + ",size=" + size + ")";
  }

  /**
   * A cache in memory in the place of one in a file, which is only looked at.
   *
   * @param file that would be refused or used
   * @param cache in its place
   */
  private record Trial(Path file, CacheSpec cache) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) throws IOException {
      FileLines.check(file);
      return cache.open(opening);
    }

    @Override
    public List<DeviceSpec> parts() {
      return cache.parts();
    }

    @Override
    public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
      return new Trial(file, new CacheSpec(null, cache.sizeBytes, cache.part.absolute(lookup)));
    }

    @Override
    public String toString() {
      return cache.toString();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.zones.StoreZonedDevice;

/** Random changes of a drive, and what it must contain after them. Used by one thread at a time. */
final class StoreLoad {
  private static final int MOST_BLOCKS = 24;

  private final StoreZonedDevice device;
  private final EmulatedGeometry geometry;
  private final SplittableRandom random;
  private ModelZone[] current;
  private ModelZone[] flushed;

  /** What a flush that has not returned would make durable; null if there is none. */
  private ModelZone @Nullable [] sealed;

  StoreLoad(StoreZonedDevice device, EmulatedGeometry geometry, long seed, ModelZone[] content) {
    this.device = device;
    this.geometry = geometry;
    this.random = new SplittableRandom(seed);
    this.current = content.clone();
    this.flushed = content.clone();
  }

  /** What the last flush that returned has made durable. */
  ModelZone[] flushed() {
    return flushed.clone();
  }

  /** Makes one change; of bytes, of a zone, or of the objects. */
  void step() throws IOException {
    int zone = random.nextInt(current.length);
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3, 4 -> write(zone);
      case 5, 6, 7 -> flush();
      case 8 -> {
        device.reset(zone);
        current[zone] = ModelZone.EMPTY;
      }
      case 9 -> {
        device.finish(zone);
        current[zone] = current[zone].full() ? current[zone] : current[zone].finish();
      }
      default -> device.doWork();
    }
  }

  private void write(int zone) throws IOException {
    long room = geometry.capacityOfBytes(zone) - current[zone].content().length;
    int block = geometry.blockSizeBytes();
    if (current[zone].full() || room < block) {
      return;
    }
    int blocks = 1 + random.nextInt((int) Math.min(MOST_BLOCKS, room / block));
    byte[] bytes = new byte[blocks * block];
    random.nextBytes(bytes);
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] |= 1;
    }
    device.write(
        zone * geometry.zoneSizeBytes() + current[zone].content().length, ByteBuffer.wrap(bytes));
    current[zone] = current[zone].append(bytes, geometry.capacityOfBytes(zone));
  }

  void flush() throws IOException {
    if (Arrays.equals(current, flushed)) {
      // Not even a request is needed.
      return;
    }
    sealed = current.clone();
    device.flush();
    flushed = sealed;
    sealed = null;
  }

  /** Demands that the drive contains what it must. */
  void checkAll() throws IOException {
    for (int zone = 0; zone < current.length; zone++) {
      ModelZone there = ModelZone.of(device, zone);
      if (!there.isLike(current[zone])) {
        throw new AssertionError("zone " + zone + " has " + there + ", not " + current[zone]);
      }
    }
  }

  /**
   * Demands that a drive that was opened later contains, of each zone, what the last flush has made
   * durable, or what one that has not returned would have.
   *
   * @return what it contains
   */
  ModelZone[] checkSuccessor(StoreZonedDevice later) throws IOException {
    List<ModelZone> found = new ArrayList<>();
    ModelZone @Nullable [] other = sealed;
    for (int zone = 0; zone < flushed.length; zone++) {
      ModelZone there = ModelZone.of(later, zone);
      if (!there.isLike(flushed[zone]) && (other == null || !there.isLike(other[zone]))) {
        throw new AssertionError(
            "zone "
                + zone
                + " has "
                + there
                + ", not "
                + flushed[zone]
                + (other == null ? "" : " or " + other[zone]));
      }
      found.add(there);
    }
    return found.toArray(ModelZone[]::new);
  }
}

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
  private final SimulatedStore.Client client;
  private final boolean impatient;
  private final EmulatedGeometry geometry;
  private final SplittableRandom random;
  private ModelZone[] current;
  private ModelZone[] flushed;

  /** What flushes that have not returned, or have failed, may have made durable since. */
  private final List<ModelZone[]> sealed = new ArrayList<>();

  /** What failed in the middle of something else. */
  private @Nullable IOException besideFailure;

  /**
   * @param impatient whether requests that fail are not repeated, so that changes fail
   */
  StoreLoad(
      StoreZonedDevice device,
      SimulatedStore.Client client,
      boolean impatient,
      EmulatedGeometry geometry,
      long seed,
      ModelZone[] content) {
    this.client = client;
    this.impatient = impatient;
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
    try {
      change();
    } catch (IOException e) {
      if (!impatient || client.isStoppedNow()) {
        throw e;
      }
    }
  }

  private void change() throws IOException {
    int zone = random.nextInt(current.length);
    switch (random.nextInt(15)) {
      case 0, 1, 2, 3, 4 -> write(zone);
      case 5, 6, 7 -> flush();
      case 8 -> reset(zone);
      case 9 -> {
        device.finish(zone);
        current[zone] = current[zone].full() ? current[zone] : current[zone].finish();
      }
      case 10 -> work();
      case 11 -> flushBesideChanges();
      default -> device.doWork();
    }
  }

  private void reset(int zone) throws IOException {
    device.reset(zone);
    current[zone] = ModelZone.EMPTY;
  }

  /** While one piece of work puts an object, others write, reset and flush. */
  private void work() throws IOException {
    beside(
        device::doWork,
        () -> {
          change(random.nextInt(4));
          flush();
        });
  }

  /** While a flush puts an object, others write and reset: it may cover that, or not. */
  private void flushBesideChanges() throws IOException {
    List<ModelZone[]> possible = new ArrayList<>();
    try {
      beside(
          () -> {
            flush();
            return true;
          },
          () -> {
            change(random.nextInt(3));
            possible.add(current.clone());
            sealed.add(current.clone());
          });
    } finally {
      // The flush has forgotten them.
      sealed.addAll(possible);
    }
  }

  private void change(int dice) throws IOException {
    int zone = random.nextInt(current.length);
    if (dice == 0) {
      reset(zone);
    } else {
      write(zone);
    }
  }

  /** Does something, and in the middle of a put of it several times something else. */
  private void beside(Action action, Step other) throws IOException {
    client.setBeside(
        () -> {
          try {
            for (int step = random.nextInt(4); step >= 0; step--) {
              other.run();
            }
          } catch (IOException e) {
            besideFailure = e;
          }
        });
    try {
      action.run();
    } finally {
      client.setBeside(null);
    }
    IOException failure = besideFailure;
    besideFailure = null;
    if (failure != null) {
      throw failure;
    }
  }

  /** What is done; its result does not matter. */
  @FunctionalInterface
  private interface Action {
    boolean run() throws IOException;
  }

  /** One of several things that are done meanwhile. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
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
    ModelZone[] covered = current.clone();
    sealed.add(covered);
    device.flush();
    flushed = covered;
    sealed.clear();
  }

  /** Demands that the drive contains what it must. */
  void checkAll() throws IOException {
    client.setCalm(true);
    for (int zone = 0; zone < current.length; zone++) {
      ModelZone there = ModelZone.of(device, zone);
      if (!there.isLike(current[zone])) {
        throw new AssertionError("zone " + zone + " has " + there + ", not " + current[zone]);
      }
    }
    client.setCalm(false);
  }

  private boolean isPossible(int zone, ModelZone there) {
    return there.isLike(flushed[zone])
        || sealed.stream().anyMatch(state -> there.isLike(state[zone]));
  }

  /** Whether a drive that was opened later may contain that. */
  boolean arePossible(ModelZone[] there) {
    for (int zone = 0; zone < there.length; zone++) {
      if (!isPossible(zone, there[zone])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Demands that a drive that was opened later contains, of each zone, what the last flush has made
   * durable, or what one that has not returned would have.
   *
   * @return what it contains
   */
  ModelZone[] checkSuccessor(StoreZonedDevice later) throws IOException {
    List<ModelZone> found = new ArrayList<>();
    for (int at = 0; at < flushed.length; at++) {
      int zone = at;
      ModelZone there = ModelZone.of(later, zone);
      boolean expected = isPossible(zone, there);
      if (!expected) {
        throw new AssertionError(
            "zone "
                + zone
                + " has "
                + there
                + ", not "
                + flushed[zone]
                + sealed.stream().map(state -> " or " + state[zone]).toList());
      }
      found.add(there);
    }
    return found.toArray(ModelZone[]::new);
  }
}

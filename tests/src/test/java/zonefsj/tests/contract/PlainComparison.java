// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.tests.contract.DriveAccesses.Access;
import zonefsj.tests.contract.DriveAccesses.Action;
import zonefsj.tests.contract.DriveAccesses.Answer;

/**
 * One random sequence of accesses, of one seed, to a drive over one that was written at random, and
 * to a copy of that: after each access both must have answered the same.
 */
final class PlainComparison {
  private static final int BLOCK = 512;
  private static final int ZONE_BLOCKS = 160;
  private static final int STEPS_BELOW = 150;
  private static final int STEPS = 250;

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final DriveAccesses accesses;
  private final List<String> history = new ArrayList<>();

  /** Makes a drive over another one. */
  @FunctionalInterface
  interface Maker<D extends ZonedDevice> {
    /** Over a drive that was written. */
    D over(RamZonedDevice base) throws IOException;
  }

  /** Opens a drive again, if its kind survives that. */
  @FunctionalInterface
  interface Reopening<D extends ZonedDevice> {
    /** The same drive, or another one with the same content. */
    D of(D drive) throws IOException;
  }

  private boolean forgetsUnwritten;

  PlainComparison(long seed) {
    random = new SplittableRandom(seed);
    geometry = randomGeometry(random);
    accesses = new DriveAccesses(random, geometry, 2 * ZONE_BLOCKS);
  }

  static EmulatedGeometry randomGeometry(SplittableRandom random) {
    int runt = random.nextInt(3) == 0 ? 1 + random.nextInt(ZONE_BLOCKS - 1) : 0;
    int active = 2 + random.nextInt(5);
    return EmulatedGeometry.builder(((4L + random.nextInt(8)) * ZONE_BLOCKS + runt) * BLOCK)
        .blockSizeBytes(BLOCK)
        .zoneSizeBytes((long) ZONE_BLOCKS * BLOCK)
        .zoneCapacityBytes((long) (1 + random.nextInt(ZONE_BLOCKS)) * BLOCK)
        .conventionalZones(random.nextInt(3))
        .maxOpenZones(1 + random.nextInt(active))
        .maxActiveZones(random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(active))
        .maxAppendBytes(ZONE_BLOCKS / 2 * BLOCK)
        .build();
  }

  /** The same for a drive that forgets at a reopening that zones are active without data. */
  PlainComparison forgettingUnwritten() {
    forgetsUnwritten = true;
    return this;
  }

  EmulatedGeometry geometry() {
    return geometry;
  }

  /** A drive that was written at random; no zone is open. */
  RamZonedDevice below() throws IOException {
    RamZonedDevice base = RamZonedDevice.create(geometry);
    for (int step = 0; step < STEPS_BELOW; step++) {
      outcome(base, base, next(base, true).action());
    }
    closeZones(base);
    return base;
  }

  Access next(ZonedDevice device, boolean wear) throws IOException {
    return accesses.next(zone -> device.report(zone, 1).get(0).writePointerBytes(), wear);
  }

  /**
   * Plays the sequence.
   *
   * @return what went wrong, or null
   */
  <D extends ZonedDevice> @Nullable String play(Maker<D> maker, Reopening<D> reopening)
      throws IOException {
    RamZonedDevice base = below();
    try (RamZonedDevice plain = base.snapshot()) {
      D over = maker.over(base);
      for (int step = 0; step < STEPS; step++) {
        if (random.nextInt(60) == 0) {
          // Which zone was opened first is forgotten.
          closeZones(plain);
          closeZones(over);
          if (forgetsUnwritten) {
            resetUnwritten(plain);
            resetUnwritten(over);
          }
          history.add("reopen");
          over = reopening.of(over);
        }
        Access access = next(plain, false);
        history.add(access.description());
        String difference = compare(plain, over, access.action());
        if (difference != null) {
          List<String> tail = history.subList(Math.max(0, history.size() - 30), history.size());
          return difference + "\n  after " + String.join("\n  ", tail);
        }
      }
      String difference = compareBytes(plain, over);
      over.close();
      return difference;
    }
  }

  static void closeZones(ZonedDevice device) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (zone.condition().isOpen()) {
        device.close(zone.index());
      }
    }
  }

  private static void resetUnwritten(ZonedDevice device) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (zone.condition().isActive() && zone.writtenBytes() == 0) {
        device.reset(zone.index());
      }
    }
  }

  private @Nullable String compare(RamZonedDevice plain, ZonedDevice over, Action access)
      throws IOException {
    String ofPlain = outcome(plain, plain, access);
    String ofOther = outcome(over, plain, access);
    return ofPlain.equals(ofOther) ? null : "other: " + ofOther + "\n  plain: " + ofPlain;
  }

  private String outcome(ZonedDevice device, ZoneInjection injection, Action access)
      throws IOException {
    String result;
    try {
      Answer answer = access.run(device, injection);
      result = answer.words() + " " + Integer.toHexString(Arrays.hashCode(answer.bytes()));
    } catch (DeviceException e) {
      result = e.reason() + " in zone " + e.zone();
    }
    return result + " -> " + states(device);
  }

  /** Without the write pointers that are not valid. */
  static List<String> states(ZonedDevice device) throws IOException {
    return device.report(0, device.geometry().zoneCount()).stream()
        .map(zone -> zone.type() + " " + zone.condition() + " " + zone.writtenBytes())
        .toList();
  }

  /** Compares all bytes of two drives. */
  @Nullable String compareBytes(RamZonedDevice plain, ZonedDevice over) throws IOException {
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      int at = zone;
      String difference =
          compare(
              plain,
              over,
              (device, injection) ->
                  accesses.read(
                      device,
                      at * geometry.zoneSizeBytes(),
                      (int) (geometry.sizeOfBytes(at) / geometry.blockSizeBytes())));
      if (difference != null) {
        return "the bytes of zone " + zone + " differ at the end: " + difference;
      }
    }
    return null;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.tests.contract.DriveAccesses;
import zonefsj.tests.contract.DriveAccesses.Access;
import zonefsj.tests.contract.DriveAccesses.Answer;
import zonefsj.tests.contract.DriveShape;

/**
 * One random sequence of accesses, of one seed, to a real drive and to the emulation that behaves
 * as its make: after each access both must have answered the same, and all zones must be alike.
 *
 * <p>Tolerated is only what {@link DriveShape#unwritten()} lists: makes differ in the bytes that
 * they give for places where nothing was written, and the emulation gives zeros.
 */
final class RealDriveComparison implements AutoCloseable {
  private static final int MAX_READ_BLOCKS = 80;
  private static final int HISTORY = 40;
  private static final int WEAR_ONE_IN = 60;

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final Set<Byte> unwritten;
  private final @Nullable ZoneInjection injection;
  private final DriveAccesses accesses;
  private final RamZonedDevice emulated;
  private final BlockZonedDevice real;
  private final List<String> history = new ArrayList<>();

  private RealDriveComparison(RealDriveProof.Subject subject, long seed) throws IOException {
    this.random = new SplittableRandom(seed);
    this.geometry = subject.geometries().next(random);
    this.unwritten = subject.shape().unwritten();
    this.accesses = new DriveAccesses(random, geometry, MAX_READ_BLOCKS);
    this.real = subject.drives().fresh(geometry);
    this.injection = subject.injection().of(geometry);
    this.emulated = RamZonedDevice.create(geometry, subject.shape().profile());
    history.add(geometry.toString());
  }

  /**
   * Plays a sequence.
   *
   * @return what went wrong, or null
   */
  static @Nullable String play(RealDriveProof.Subject subject, long seed, int steps)
      throws IOException {
    try (RealDriveComparison comparison = new RealDriveComparison(subject, seed)) {
      String difference = comparison.compareReports();
      for (int step = 0; step < steps && difference == null; step++) {
        difference = comparison.step(step);
      }
      if (difference == null) {
        difference = comparison.compareBytes();
      }
      return difference == null
          ? null
          : difference + "\n  after " + String.join("\n  ", comparison.tail());
    }
  }

  @Override
  public void close() throws IOException {
    emulated.close();
    real.close();
  }

  private List<String> tail() {
    return history.subList(Math.max(0, history.size() - HISTORY), history.size());
  }

  private @Nullable String step(int step) throws IOException {
    if (injection != null && random.nextInt(WEAR_ONE_IN) == 0) {
      return wear(step, injection);
    }
    Access access =
        accesses.next(zone -> emulated.report(zone, 1).get(0).writePointerBytes(), false);
    history.add(step + " " + access.description());
    Outcome wanted = outcome(emulated, access);
    Outcome found = outcome(real, access);
    if (!wanted.words().equals(found.words())) {
      return "drive: " + found.words() + " " + found.message() + "\n  emulation: " + wanted.words();
    }
    String difference = compare(wanted.bytes(), found.bytes());
    return difference == null ? compareReports() : difference;
  }

  /**
   * Only what is in use or full: null_blk finishes a zone first, which others might be closed for.
   */
  private @Nullable String wear(int step, ZoneInjection real) throws IOException {
    int zone = random.nextInt(geometry.zoneCount());
    ZoneCondition condition = emulated.report(zone, 1).get(0).condition();
    if (!condition.isOpen() && condition != ZoneCondition.FULL) {
      return null;
    }
    boolean offline = random.nextBoolean();
    history.add(step + (offline ? " set offline " : " set read-only ") + zone);
    for (ZoneInjection each : List.of(emulated, real)) {
      if (offline) {
        each.setOffline(zone);
      } else {
        each.setReadOnly(zone);
      }
    }
    return compareReports();
  }

  private @Nullable String compareReports() throws IOException {
    List<ZoneDescriptor> wanted = emulated.report(0, geometry.zoneCount());
    List<ZoneDescriptor> found = real.report(0, geometry.zoneCount());
    for (int zone = 0; zone < wanted.size(); zone++) {
      if (!comparable(wanted.get(zone)).equals(comparable(found.get(zone)))) {
        return "drive: " + found.get(zone) + "\n  emulation: " + wanted.get(zone);
      }
    }
    return wanted.size() == found.size() ? null : "the drive reports " + found.size() + " zones";
  }

  /** Without the write pointer where it means nothing. */
  private static ZoneDescriptor comparable(ZoneDescriptor zone) {
    return zone.hasWritePointer()
        ? zone
        : new ZoneDescriptor(
            zone.index(),
            zone.type(),
            zone.condition(),
            zone.startBytes(),
            zone.sizeBytes(),
            zone.capacityBytes(),
            -1);
  }

  private @Nullable String compareBytes() throws IOException {
    int block = geometry.blockSizeBytes();
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      int blocks = (int) (geometry.sizeOfBytes(zone) / block);
      long start = zone * geometry.zoneSizeBytes();
      Access whole =
          new Access("read zone", (device, none) -> accesses.read(device, start, blocks));
      Outcome wanted = outcome(emulated, whole);
      Outcome found = outcome(real, whole);
      String difference =
          wanted.words().equals(found.words())
              ? compare(wanted.bytes(), found.bytes())
              : "drive: " + found.words() + "\n  emulation: " + wanted.words();
      if (difference != null) {
        return "zone " + zone + " at the end: " + difference;
      }
    }
    return null;
  }

  private @Nullable String compare(byte[] wanted, byte[] found) {
    int first = Arrays.mismatch(wanted, found);
    for (int at = first; at >= 0 && at < wanted.length; at++) {
      if (wanted[at] != found[at] && !(wanted[at] == 0 && unwritten.contains(found[at]))) {
        return "byte " + at + " that was read is " + found[at] + ", not " + wanted[at];
      }
    }
    return null;
  }

  private static Outcome outcome(ZonedDevice device, Access access) throws IOException {
    try {
      Answer answer = access.action().run(device, NO_INJECTION);
      return new Outcome(answer.words(), answer.bytes(), "");
    } catch (DeviceException e) {
      String message = Objects.requireNonNullElse(e.getMessage(), "");
      return new Outcome(e.reason() + " in zone " + e.zone(), new byte[0], message);
    }
  }

  private static final ZoneInjection NO_INJECTION =
      new ZoneInjection() {
        @Override
        public void setReadOnly(int zone) {
          throw new IllegalStateException("accesses do not wear drives out here");
        }

        @Override
        public void setOffline(int zone) {
          throw new IllegalStateException("accesses do not wear drives out here");
        }
      };

  /** What one of the two answered; the message is for people and not compared. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record Outcome(String words, byte[] bytes, String message) {}
}

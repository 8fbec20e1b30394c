// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.zonemgr.ZoneAllocator;

/** The shares of a drive are those of FORMAT.md, and together never more than it has. */
class SpacePlanTest {
  private static final int UNIT = 4096;
  private static final int SUPERBLOCK = 2;

  private static DeviceGeometry geometry(int zones, long zoneBytes, OptionalInt active) {
    return EmulatedGeometry.builder(zones * zoneBytes)
        .zoneSizeBytes(zoneBytes)
        .maxOpenZones(active)
        .maxActiveZones(active)
        .build()
        .toDeviceGeometry("a drive");
  }

  private static DeviceGeometry geometry(int zones, long zoneBytes) {
    return geometry(zones, zoneBytes, OptionalInt.empty());
  }

  private static ZoneDescriptor zone(
      int index, ZoneType type, ZoneCondition condition, long sizeBytes, long capacityBytes) {
    long start = index * sizeBytes;
    return new ZoneDescriptor(index, type, condition, start, sizeBytes, capacityBytes, start);
  }

  private static List<ZoneDescriptor> report(int zones, long zoneBytes, long capacityBytes) {
    List<ZoneDescriptor> report = new ArrayList<>();
    for (int index = 0; index < zones; index++) {
      report.add(
          zone(index, ZoneType.SEQUENTIAL_REQUIRED, ZoneCondition.EMPTY, zoneBytes, capacityBytes));
    }
    return report;
  }

  private static SpacePlan plan(int zones, long zoneBytes) throws VolumeFormatException {
    return SpacePlan.of(geometry(zones, zoneBytes), report(zones, zoneBytes, zoneBytes), 1);
  }

  private static void turn(List<ZoneDescriptor> report, int index, ZoneCondition condition) {
    ZoneDescriptor old = report.get(index);
    report.set(index, zone(index, old.type(), condition, old.sizeBytes(), old.capacityBytes()));
  }

  private static long zonesFor(double bytes, long capacityBytes) {
    return (long) Math.ceil(bytes / capacityBytes);
  }

  @ParameterizedTest
  @CsvSource({
    "20, 65536, 65536, 1",
    "64, 131072, 126976, 1",
    "64, 1048576, 1048576, 2",
    "300, 1048576, 786432, 1",
    "1000, 16777216, 16777216, 2",
    "4000, 67108864, 50331648, 1",
    "55880, 268435456, 268435456, 1",
  })
  void sharesAreThoseOfTheFormat(int zones, long zoneBytes, long capacity, int copies)
      throws VolumeFormatException {
    SpacePlan plan =
        SpacePlan.of(geometry(zones, zoneBytes), report(zones, zoneBytes, capacity), copies);
    long total = (zones - SUPERBLOCK) * capacity;
    long longest = Math.min(64 << 20, Math.min(64 * capacity, Math.max(total / 64, 2 * capacity)));
    long journal =
        zonesFor((double) longest, capacity) + Math.max(2, zonesFor(longest / 2.0, capacity) + 1);
    long limit = Math.min(longest, (journal - 2) * capacity / 3 * 2);
    assertThat(plan.superblockZones()).containsExactly(0, 1);
    assertThat(plan.zoneCapacityBytes()).isEqualTo(capacity);
    assertThat(plan.journalLimitBytes()).isEqualTo(limit);
    assertThat((long) plan.journalZones()).isEqualTo(copies * journal);
    double image = total * 46.0 / 4096;
    assertThat((long) plan.checkpointZones())
        .isEqualTo(Math.max(6, 2 * (1 + zonesFor(Math.floor(2.5 * Math.floor(image)), capacity))));
    assertThat(plan.collectorZones()).isEqualTo(Math.max(2, (zones - SUPERBLOCK) / 50));
    long data =
        (long) zones
            - SUPERBLOCK
            - plan.journalZones()
            - plan.checkpointZones()
            - plan.collectorZones();
    assertThat(data).isGreaterThanOrEqualTo(3);
    assertThat(plan.zoneNetBytes()).isEqualTo(capacity - 3 * UNIT);
    assertThat(plan.usableBytes()).isEqualTo((data - 1) * (capacity - 3 * UNIT) / 100 * 90);
  }

  /**
   * Two records of the batches that were let in, a quarter that a checkpoint takes, a zone of the
   * next mount, and one that begins with records of the image before.
   */
  @ParameterizedTest
  @CsvSource({"20, 65536", "300, 1048576", "4000, 67108864"})
  void theJournalHasRoomBeyondItsLimit(int zones, long zoneBytes) throws VolumeFormatException {
    SpacePlan plan = plan(zones, zoneBytes);
    long beyond = plan.journalZones() * zoneBytes - plan.journalLimitBytes();
    assertThat(beyond).isGreaterThanOrEqualTo(2 * plan.longestRecordBytes() + 2 * zoneBytes);
  }

  @ParameterizedTest
  @CsvSource({"20, 65536", "300, 1048576", "1000, 16777216", "55880, 268435456"})
  void theLongestPlannedImageHasItsPlace(int zones, long zoneBytes) throws VolumeFormatException {
    SpacePlan plan = plan(zones, zoneBytes);
    long planned = plan.plannedImageBytes();
    assertThat(planned).isPositive();
    assertThat(plan.checkpointZonesFor(planned, 0, 0)).isEqualTo(plan.checkpointZones());
    assertThat(plan.checkpointZonesFor(planned + zoneBytes, 0, 0))
        .isGreaterThan(plan.checkpointZones());
    // The newest image stays until the next one is complete.
    int held = plan.checkpointZones();
    long withManifest = planned + planned / 16 + zoneBytes / 8;
    assertThat((long) plan.checkpointZonesFor(planned, held, 0))
        .isEqualTo(held + 2 * zonesFor((double) withManifest, zoneBytes));
    assertThat(plan.checkpointZonesFor(planned, held, withManifest)).isEqualTo(held);
  }

  @Test
  void aLongerIndexNeverTakesFewerZones() throws VolumeFormatException {
    SpacePlan plan = plan(300, 1 << 20);
    int before = 0;
    for (long image = 0; image < 200L << 20; image += 300_000) {
      int zones = plan.checkpointZonesFor(image, 0, 0);
      assertThat(zones).as("for %d bytes", image).isGreaterThanOrEqualTo(Math.max(before, 6));
      assertThat(plan.checkpointZonesFor(image, 10, 0)).isGreaterThanOrEqualTo(zones);
      before = zones;
    }
  }

  @Test
  void theSmallestDriveHasThreeZonesForData() throws VolumeFormatException {
    long zoneBytes = 1 << 20;
    int zones = 100;
    while (zones > 0 && isPlanned(zones - 1, zoneBytes)) {
      zones--;
    }
    SpacePlan plan = plan(zones, zoneBytes);
    assertThat(zones - SUPERBLOCK)
        .isEqualTo(plan.journalZones() + plan.checkpointZones() + plan.collectorZones() + 3);
    int least = zones;
    assertThatThrownBy(() -> plan(least - 1, zoneBytes)).hasMessageContaining("needs " + least);
  }

  private static boolean isPlanned(int zones, long zoneBytes) {
    try {
      return plan(zones, zoneBytes).usableBytes() >= 0;
    } catch (VolumeFormatException tooSmall) {
      return false;
    }
  }

  /** What is left must be within reach even if nothing more can be written. */
  @Test
  void aDriveOfWhichZonesDiedIsPlannedStill() throws VolumeFormatException {
    List<ZoneDescriptor> report = report(20, 1 << 20, 1 << 20);
    for (int dead = 4; dead < 18; dead++) {
      turn(report, dead, dead % 2 == 0 ? ZoneCondition.OFFLINE : ZoneCondition.READ_ONLY);
    }
    DeviceGeometry geometry = geometry(20, 1 << 20);
    assertThatThrownBy(() -> SpacePlan.of(geometry, report, 1))
        .isInstanceOf(VolumeFormatException.class);
    assertThat(SpacePlan.ofFormatted(geometry, report, 1).usableBytes()).isZero();
  }

  @Test
  void deadAndConventionalZonesHoldNoFileData() throws VolumeFormatException {
    DeviceGeometry geometry = geometry(100, 1 << 20);
    List<ZoneDescriptor> report = report(100, 1 << 20, 1 << 20);
    SpacePlan all = SpacePlan.of(geometry, report, 1);
    turn(report, 50, ZoneCondition.OFFLINE);
    report.set(
        51, zone(51, ZoneType.CONVENTIONAL, ZoneCondition.NOT_WRITE_POINTER, 1 << 20, 1 << 20));
    SpacePlan fewer = SpacePlan.of(geometry, report, 1);
    assertThat(all.usableBytes() - fewer.usableBytes())
        .isBetween(
            2 * all.zoneNetBytes() * 90 / 100 - 200, 2 * all.zoneNetBytes() * 90 / 100 + 200);
  }

  @Test
  void theSuperblockIsInTheFirstTwoZonesThatLive() throws VolumeFormatException {
    DeviceGeometry geometry = geometry(100, 1 << 20);
    List<ZoneDescriptor> report = report(100, 1 << 20, 1 << 20);
    turn(report, 0, ZoneCondition.READ_ONLY);
    turn(report, 2, ZoneCondition.OFFLINE);
    assertThat(SpacePlan.of(geometry, report, 1).superblockZones()).containsExactly(1, 3);
    for (int zone = 0; zone < 14; zone++) {
      turn(report, zone, ZoneCondition.OFFLINE);
    }
    assertThat(SpacePlan.of(geometry, report, 1).superblockZones()).containsExactly(14, 15);
    turn(report, 14, ZoneCondition.OFFLINE);
    assertThatThrownBy(() -> SpacePlan.ofFormatted(geometry, report, 1))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("superblock");
  }

  @Test
  void zonesThatAreTooShortAreRefused() {
    DeviceGeometry geometry = geometry(100, 1 << 20);
    long tooShort = SpacePlan.MIN_ZONE_CAPACITY_BYTES - UNIT;
    assertThatThrownBy(() -> SpacePlan.of(geometry, report(100, 1 << 20, tooShort), 1))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("zones hold " + tooShort);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void aDriveWithTooFewActiveZonesIsRefused(int copies) throws VolumeFormatException {
    int needed = ZoneAllocator.minActiveZones(copies);
    SpacePlan.checkActiveZones(geometry(100, 1 << 20, OptionalInt.of(needed)), copies);
    assertThatThrownBy(
            () ->
                SpacePlan.of(
                    geometry(100, 1 << 20, OptionalInt.of(needed - 1)),
                    report(100, 1 << 20, 1 << 20),
                    copies))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("active zones");
  }

  @Test
  void moreZonesForTheCollectorAreFewerForData() throws VolumeFormatException {
    SpacePlan plan = plan(100, 1 << 20);
    assertThat(plan.withCollectorZones(0)).isEqualTo(plan);
    assertThat(plan.withCollectorZones(plan.collectorZones())).isEqualTo(plan);
    SpacePlan more = plan.withCollectorZones(plan.collectorZones() + 3);
    assertThat(more.collectorZones()).isEqualTo(plan.collectorZones() + 3);
    assertThat(more.usableBytes())
        .isEqualTo(plan.usableBytes() - plan.usableShareOf(3 * plan.zoneCapacityBytes()));
    assertThat(plan.withCollectorZones(1000).usableBytes()).isZero();
  }

  /**
   * A size that is no multiple of the zone size leaves a short zone, on which nothing is planned.
   */
  @ParameterizedTest
  @CsvSource({
    "31, 16777216, 4194304",
    "62, 16777216, 8388608",
    "101, 16777216, 4096",
    "52156, 268435456, 67108864",
  })
  void aShortLastZoneIsNotPlannedWith(int zones, long zoneBytes, long shortBytes)
      throws VolumeFormatException {
    List<ZoneDescriptor> report = report(zones, zoneBytes, zoneBytes);
    SpacePlan without = SpacePlan.of(geometry(zones, zoneBytes), report, 1);
    report.add(
        new ZoneDescriptor(
            zones,
            ZoneType.SEQUENTIAL_REQUIRED,
            ZoneCondition.EMPTY,
            zones * zoneBytes,
            shortBytes,
            shortBytes,
            zones * zoneBytes));
    assertThat(SpacePlan.of(geometry(zones, zoneBytes), report, 1)).isEqualTo(without);
  }

  /** The reserves may lie in the largest zones, whatever was counted for them. */
  @Test
  void zonesOfDifferentCapacityPromiseNoMoreThanTheReservesLeave() throws VolumeFormatException {
    List<ZoneDescriptor> report = report(100, 1 << 20, 1 << 20);
    for (int index = 2; index < 50; index++) {
      report.set(
          index,
          zone(index, ZoneType.SEQUENTIAL_REQUIRED, ZoneCondition.EMPTY, 1 << 20, 512 << 10));
    }
    SpacePlan plan = SpacePlan.of(geometry(100, 1 << 20), report, 1);
    int reserved = plan.journalZones() + plan.checkpointZones() + plan.collectorZones();
    long total = (48L << 19) + (50L << 20);
    assertThat(plan.usableBytes()).isLessThanOrEqualTo((total - ((long) reserved << 20)) / 10 * 9);
  }

  /** On a large drive of short zones; 32 bytes of manifest for each 65,472 bytes of an image. */
  @Test
  void anImageWhoseManifestFitsNoZoneNeedsMoreZonesThanThereAre() throws VolumeFormatException {
    SpacePlan plan = plan(200_000, 64 << 10);
    long longest = 65_472L * (64 << 10) / 32;
    assertThat(plan.checkpointZonesFor(longest, 0, 0)).isGreaterThan(200_000);
    assertThat(plan.checkpointZonesFor(longest / 4 * 3, 0, 0)).isLessThan(20_000);
    assertThat(plan.plannedImageBytes()).isLessThan(longest);
    assertThat(plan.usableBytes()).isGreaterThan((200_000L << 16) / 3 * 2);
  }
}

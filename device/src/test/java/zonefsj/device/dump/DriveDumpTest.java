// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.KnownFormat;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.FileFacts;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceResolver;

/**
 * A dump has all that a drive has, a restore brings it back, and neither passes for whole by half.
 */
final class DriveDumpTest {
  private static final int ZONES = 16;
  private static final int ZONE = 4 << 20;
  private static final int CAPACITY = 3 << 20;
  private static final int BLOCK = 4096;
  private static final int ACTIVE = 4;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  /** What the copies said. */
  private final List<String> told = new ArrayList<>();

  private final CopyListener listener =
      new CopyListener() {
        @Override
        public void copied(long doneBytes, long totalBytes) {
          assertThat(doneBytes).isBetween(0L, totalBytes);
        }

        @Override
        public void differs(int zone, String what) {
          told.add(zone + ": " + what);
        }
      };

  private static EmulatedGeometry geometry(int conventional) {
    return EmulatedGeometry.builder((long) ZONES * ZONE)
        .zoneSizeBytes(ZONE)
        .zoneCapacityBytes(CAPACITY)
        .conventionalZones(conventional)
        .maxOpenZones(2)
        .maxActiveZones(ACTIVE)
        .build();
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private Path image(String name, EmulatedGeometry geometry) throws IOException {
    ImageFile.create(file(name), geometry);
    return file(name);
  }

  private static ZonedDevice open(Path image) throws IOException {
    return ImageFile.open(image, DeviceAccess.READ_WRITE);
  }

  private static void fill(ZonedDevice drive, int zone, int blocks) throws IOException {
    byte[] bytes = new byte[blocks * BLOCK];
    new Random(zone).nextBytes(bytes);
    drive.write(drive.geometry().zoneStartBytes(zone), ByteBuffer.wrap(bytes));
  }

  /** Zones in all conditions, as many of them active as may be. */
  private static void fill(ZonedDevice drive, int conventional) throws IOException {
    if (conventional > 0) {
      drive.write(BLOCK, ByteBuffer.wrap(new byte[BLOCK]));
      fill(drive, conventional - 1, 3);
    }
    int zone = conventional;
    fill(drive, zone, CAPACITY / BLOCK);
    fill(drive, ++zone, 300);
    drive.finish(zone);
    fill(drive, ++zone, 600);
    drive.close(zone);
    fill(drive, ++zone, 1);
    drive.open(++zone);
    drive.close(zone);
    drive.open(++zone);
    drive.finish(zone + 2);
    drive.flush();
  }

  private static List<ZoneDescriptor> zones(ZonedDevice drive) throws IOException {
    return drive.report(0, drive.geometry().zoneCount());
  }

  /** As it comes back: closed. */
  private static List<ZoneDescriptor> closed(List<ZoneDescriptor> zones) {
    return zones.stream()
        .map(
            zone ->
                zone.condition().isOpen()
                    ? new ZoneDescriptor(
                        zone.index(),
                        zone.type(),
                        ZoneCondition.CLOSED,
                        zone.startBytes(),
                        zone.sizeBytes(),
                        zone.capacityBytes(),
                        zone.writePointerBytes())
                    : zone)
        .toList();
  }

  private static byte[] bytes(ZonedDevice drive, int zone) throws IOException {
    ZoneDescriptor now = drive.report(zone, 1).get(0);
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(DriveDump.contentBytes(now)));
    if (buffer.hasRemaining()) {
      drive.read(now.startBytes(), buffer);
    }
    return buffer.array();
  }

  private static void assertSameBytes(ZonedDevice drive, ZonedDevice other) throws IOException {
    for (int zone = 0; zone < drive.geometry().zoneCount(); zone++) {
      assertThat(Arrays.equals(bytes(other, zone), bytes(drive, zone)))
          .as("zone %s", zone)
          .isTrue();
    }
  }

  private void restore(ZonedDevice dump, ZonedDevice drive) throws IOException {
    DriveRestore.of(dump, drive).run(listener);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aDumpIsAnImageAndComesBack(int conventional) throws IOException {
    try (ZonedDevice drive = open(image("d", geometry(conventional)))) {
      fill(drive, conventional);
      long copied = DriveDump.write(drive, file("dump"), false, listener);
      assertThat(copied).isEqualTo((601 + conventional * 1024L + 3 * 768) * BLOCK);
      try (ZonedDevice dump = ImageFile.open(file("dump"), DeviceAccess.READ_ONLY)) {
        assertThat(dump.geometry())
            .isEqualTo(drive.geometry().withDescription(dump.geometry().description()));
        assertThat(zones(dump)).isEqualTo(zones(drive));
        assertSameBytes(drive, dump);
        try (ZonedDevice back = open(image("back", geometry(conventional)))) {
          restore(dump, back);
          assertThat(zones(back)).isEqualTo(closed(zones(drive)));
          assertSameBytes(drive, back);
          assertThat(DriveRestore.of(dump, back).zoneInUse()).isPresent();
          // What is there does not matter.
          restore(dump, back);
          assertThat(zones(back)).isEqualTo(closed(zones(drive)));
          assertSameBytes(drive, back);
        }
      }
    }
    assertThat(told).isEmpty();
  }

  @Test
  void zerosTakeNoSpace() throws IOException {
    try (ZonedDevice drive = open(image("d", geometry(2)))) {
      drive.finish(5);
      drive.write(drive.geometry().zoneStartBytes(6), ByteBuffer.wrap(new byte[CAPACITY]));
      fill(drive, 7, 10);
      DriveDump.write(drive, file("dump"), false, listener);
    }
    FileFacts facts = FileFacts.of(file("dump"));
    assertThat(facts.sizeBytes()).isEqualTo((1 << 20) + (long) ZONES * ZONE);
    assertThat(facts.allocatedBytes()).isLessThan(32 * BLOCK);
  }

  @Test
  void failedZonesFailAgainWhereTheyCan() throws IOException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry(1))) {
      fill(drive, 3, 5);
      drive.setReadOnly(3);
      fill(drive, 4, 5);
      drive.setOffline(4);
      DriveDump.write(drive, file("dump"), false, listener);
      try (ZonedDevice dump = ImageFile.open(file("dump"), DeviceAccess.READ_ONLY);
          ZonedDevice back = open(image("back", geometry(1)));
          ZonedDevice real = new FilterZonedDevice(RamZonedDevice.create(geometry(1))) {}) {
        assertThat(zones(dump))
            .extracting(ZoneDescriptor::condition)
            .isEqualTo(zones(drive).stream().map(ZoneDescriptor::condition).toList());
        restore(dump, back);
        assertThat(zones(back).get(3).condition()).isEqualTo(ZoneCondition.READ_ONLY);
        assertThat(zones(back).get(4).condition()).isEqualTo(ZoneCondition.OFFLINE);
        assertSameBytes(drive, back);
        assertThat(told).isEmpty();
        restore(dump, real);
        assertThat(zones(real).get(3).condition()).isEqualTo(ZoneCondition.FULL);
        assertThat(zones(real).get(4).condition()).isEqualTo(ZoneCondition.EMPTY);
        assertThat(bytes(real, 3)).isEqualTo(bytes(drive, 3));
        assertThat(told)
            .containsExactlyInAnyOrder(
                "3: it was read-only, and is full now",
                "4: it was offline, and is empty now: what it held is lost");
        assertThatThrownBy(() -> DriveRestore.of(real, back))
            .isInstanceOf(DriveCopyException.class)
            .hasMessageContaining(
                "zone 3 of image " + file("back") + " is read-only, and the dump has content");
      }
    }
  }

  @Test
  void anotherShapeIsRefused() throws IOException {
    try (ZonedDevice drive = RamZonedDevice.create(geometry(1))) {
      fill(drive, 1);
      assertShape(
          drive,
          builder().blockSizeBytes(512),
          "blocks of 4K, the drive 512: a dump is restored to");
      assertShape(drive, builder().zoneSizeBytes(ZONE / 2), "zones of 4M, the drive 2M");
      assertShape(
          drive,
          EmulatedGeometry.builder((ZONES + 1L) * ZONE).zoneSizeBytes(ZONE),
          "16 zones, the drive 17");
      assertShape(
          drive,
          EmulatedGeometry.builder((long) ZONES * ZONE - BLOCK).zoneSizeBytes(ZONE),
          "a size of 64M, the drive 65532K");
      assertShape(drive, builder(), "zone 0 as conventional, the drive as sequential-required");
      assertShape(
          drive, builder().conventionalZones(1), "zone 1 with a capacity of 3M, the drive of 4M");
      assertShape(
          drive,
          builder().conventionalZones(1).zoneCapacityBytes(CAPACITY).maxActiveZones(3),
          "4 active zones, the drive at most 3");
    }
  }

  private static EmulatedGeometry.Builder builder() {
    return EmulatedGeometry.builder((long) ZONES * ZONE).zoneSizeBytes(ZONE);
  }

  private static void assertShape(ZonedDevice dump, EmulatedGeometry.Builder other, String words)
      throws IOException {
    try (ZonedDevice drive = RamZonedDevice.create(other.build())) {
      assertThatThrownBy(() -> DriveRestore.of(dump, drive))
          .isInstanceOf(DriveCopyException.class)
          .hasMessageContaining("the dump has " + words);
    }
  }

  @Test
  void whatAnImageCannotHaveIsRefused() throws IOException {
    String one = image("one", geometry(1)).toString();
    String two = image("two", geometry(1)).toString();
    String spec = "concat(" + one + "," + two + ")";
    DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());
    try (ZonedDevice drive = resolver.create(spec, Creation.IF_EMPTY)) {
      assertThatThrownBy(() -> DriveDump.write(drive, file("dump"), false, listener))
          .hasMessageContaining("an image cannot have zone 16, which is conventional")
          .hasMessageContaining("give those one by one");
    }
    assertThat(file("dump")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mirror(%s,%s)", "striped(%s,%s)", "concat(%s,%s)"})
  void aComposedDriveIsDumpedAsOne(String form) throws IOException {
    DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());
    String spec = form.formatted(image("one", geometry(0)), image("two", geometry(0)));
    String other = form.formatted(image("three", geometry(0)), image("four", geometry(0)));
    try (ZonedDevice drive = resolver.create(spec, Creation.IF_EMPTY);
        ZonedDevice back = resolver.create(other, Creation.IF_EMPTY)) {
      fill(drive, 0, 3);
      fill(drive, 1, 700);
      drive.finish(2);
      drive.flush();
      DriveDump.write(drive, file("dump"), false, listener);
      try (ZonedDevice dump = ImageFile.open(file("dump"), DeviceAccess.READ_ONLY)) {
        restore(dump, back);
        assertThat(zones(back)).isEqualTo(closed(zones(drive)));
        assertSameBytes(drive, back);
      }
    }
    assertThat(told).isEmpty();
  }

  /** Fails reads of some blocks, for a reason. */
  private static final class BadBlocks extends FilterZonedDevice {
    private final long from;
    private final long to;
    private final Reason reason;

    BadBlocks(ZonedDevice drive, long from, long to, Reason reason) {
      super(drive);
      this.from = from;
      this.to = to;
      this.reason = reason;
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      if (positionBytes < to && positionBytes + destination.remaining() > from) {
        throw new DeviceException(reason, 3, "read at " + positionBytes + " failed", null);
      }
      super.read(positionBytes, destination);
    }
  }

  @Test
  void aZoneThatCannotBeReadIsNamed() throws IOException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry(0))) {
      fill(drive, 3, CAPACITY / BLOCK);
      long bad = 3L * ZONE + 400 * BLOCK;
      ZonedDevice worn = new BadBlocks(drive, bad, bad + 3 * BLOCK, Reason.MEDIA);
      assertThatThrownBy(() -> DriveDump.write(worn, file("dump"), false, listener))
          .isInstanceOf(DriveCopyException.class)
          .hasMessageStartingWith("zone 3 cannot be read: read at ")
          .hasMessageContaining("--force");
      assertThat(file("dump")).doesNotExist();
      DriveDump.write(worn, file("dump"), true, listener);
      assertThat(told)
          .containsExactly(
              "3: 12288 bytes cannot be read, the first at offset 1638400: the dump has zeros there");
      byte[] wanted = bytes(drive, 3);
      Arrays.fill(wanted, 400 * BLOCK, 403 * BLOCK, (byte) 0);
      try (ZonedDevice dump = ImageFile.open(file("dump"), DeviceAccess.READ_ONLY)) {
        assertThat(Arrays.equals(bytes(dump, 3), wanted)).isTrue();
      }
    }
  }

  @Test
  void aDriveThatIsGoneIsNotReadOn() throws IOException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry(0))) {
      fill(drive, 3, 3);
      ZonedDevice gone = new BadBlocks(drive, 3L * ZONE, 4L * ZONE, Reason.REMOVED);
      assertThatThrownBy(() -> DriveDump.write(gone, file("dump"), true, listener))
          .isInstanceOf(DeviceException.class);
    }
    assertThat(file("dump")).doesNotExist();
  }

  /** Stops a copy after some steps, as a signal does. */
  private static CopyListener stopAfter(int steps) {
    int[] left = {steps};
    return new CopyListener() {
      @Override
      public void copied(long doneBytes, long totalBytes) {
        if (left[0]-- == 0) {
          throw new IllegalStateException("stopped");
        }
      }

      @Override
      public void differs(int zone, String what) {}
    };
  }

  @Test
  void aDumpThatIsStoppedLeavesNothing() throws IOException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry(1))) {
      fill(drive, 1);
      for (int steps = 0; steps < 8; steps++) {
        CopyListener stop = stopAfter(steps);
        assertThatThrownBy(() -> DriveDump.write(drive, file("dump"), false, stop))
            .hasMessage("stopped");
        assertThat(file("dump")).doesNotExist();
      }
      Files.writeString(file("dump"), "mine");
      assertThatThrownBy(() -> DriveDump.write(drive, file("dump"), false, listener))
          .hasMessageContaining("there is already something of that name");
      assertThat(file("dump")).hasContent("mine");
    }
  }

  /** What would be there after a kill before the end is no image. */
  @Test
  void theHeaderComesLast() throws IOException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry(1))) {
      fill(drive, 1);
      Path copy = file("copy");
      CopyListener keep =
          new CopyListener() {
            @Override
            public void copied(long doneBytes, long totalBytes) {
              if (doneBytes == totalBytes) {
                try {
                  Files.copy(file("dump"), copy);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              }
            }

            @Override
            public void differs(int zone, String what) {}
          };
      DriveDump.write(drive, file("dump"), false, keep);
      assertThatThrownBy(() -> ImageFile.open(copy, DeviceAccess.READ_ONLY))
          .hasMessageContaining("is not a zonefs-j image");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aRestoreThatIsStoppedIsMarked(int conventional) throws IOException {
    try (RamZonedDevice dump = RamZonedDevice.create(geometry(conventional))) {
      fill(dump, conventional);
      int stopped = 0;
      for (boolean ends = false; !ends; stopped++) {
        try (RamZonedDevice drive = RamZonedDevice.create(geometry(conventional))) {
          ends = endsBefore(stopped, dump, drive);
          assertThat(isMarked(drive)).as("after %s steps", stopped).isEqualTo(!ends);
          if (!ends) {
            restore(dump, drive);
          }
          assertThat(isMarked(drive)).isFalse();
          assertThat(zones(drive)).isEqualTo(closed(zones(dump)));
          assertSameBytes(dump, drive);
        }
      }
      assertThat(stopped).isGreaterThan(8);
    }
  }

  private static boolean endsBefore(int steps, ZonedDevice dump, ZonedDevice drive)
      throws IOException {
    try {
      DriveRestore.of(dump, drive).run(stopAfter(steps));
      return true;
    } catch (IllegalStateException stopped) {
      return false;
    }
  }

  private static boolean isMarked(ZonedDevice drive) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(BLOCK);
    drive.read(0, start);
    return RestoreMark.isIn(start.flip())
        && KnownFormat.detect(start).equals(Optional.of(KnownFormat.ZONEFSJ_RESTORE));
  }

  /** The first zone needs an active one for a while, and as many others are active as may be. */
  @Test
  void thereIsAlwaysOneMoreActiveZone() throws IOException {
    for (boolean firstIsActive : new boolean[] {false, true}) {
      try (RamZonedDevice dump = RamZonedDevice.create(geometry(0));
          RamZonedDevice drive = RamZonedDevice.create(geometry(0))) {
        fill(dump, 9, CAPACITY / BLOCK);
        fill(dump, 0, firstIsActive ? 7 : CAPACITY / BLOCK);
        for (int zone = 1; zone <= ACTIVE - (firstIsActive ? 1 : 0); zone++) {
          fill(dump, zone, zone);
        }
        restore(dump, drive);
        assertThat(zones(drive)).isEqualTo(closed(zones(dump)));
        assertSameBytes(dump, drive);
      }
    }
  }

  @Test
  void aDriveWithoutLimitsIsDumped() throws IOException {
    EmulatedGeometry geometry =
        builder().maxOpenZones(OptionalInt.empty()).maxActiveZones(OptionalInt.empty()).build();
    try (RamZonedDevice drive = RamZonedDevice.create(geometry);
        RamZonedDevice back = RamZonedDevice.create(geometry)) {
      for (int zone = 0; zone < ZONES; zone++) {
        fill(drive, zone, 2);
      }
      DriveDump.write(drive, file("dump"), false, listener);
      try (ZonedDevice dump = ImageFile.open(file("dump"), DeviceAccess.READ_ONLY)) {
        assertThat(dump.geometry().maxActiveZones()).isEmpty();
        restore(dump, back);
        assertThat(zones(back)).isEqualTo(closed(zones(drive)));
      }
    }
  }
}

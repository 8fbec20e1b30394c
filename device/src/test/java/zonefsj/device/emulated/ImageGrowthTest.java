// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.MediumRoom;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.block.NativeFile;

/** An image whose file has become longer gets more zones, or keeps those that it has. */
final class ImageGrowthTest {
  private static final int ZONE = 64 << 10;
  private static final int ZONES = 8;
  private static final int MORE_ZONES = 11;
  private static final int DATA = 1 << 20;
  private static final int SECTOR = 512;
  private static final int CASES = 48;

  /** Room for a copy at the end of a drive, and less than a zone. */
  private static final int REST = 3 * 4096;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(ZONES * ZONE).zoneSizeBytes(ZONE).conventionalZones(1).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  /** An access of a growth. */
  private static final class Step {
    private final Kind kind;
    private final long offsetBytes;
    private final byte[] bytes;

    Step(Kind kind, long offsetBytes, byte[] bytes) {
      this.kind = kind;
      this.offsetBytes = offsetBytes;
      this.bytes = bytes;
    }

    Kind kind() {
      return kind;
    }

    long offsetBytes() {
      return offsetBytes;
    }

    byte[] bytes() {
      return bytes;
    }

    enum Kind {
      WRITE,
      RELEASE,
      SYNC
    }
  }

  private static final class Recording implements ImageMedium {
    private final RandomAccessFile file;
    private final List<Step> steps = new ArrayList<>();

    Recording(RandomAccessFile file) {
      this.file = file;
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.length();
    }

    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws IOException {
      byte[] bytes = new byte[destination.remaining()];
      file.seek(offsetBytes);
      file.readFully(bytes);
      destination.put(bytes);
    }

    @Override
    public void write(long offsetBytes, ByteBuffer source) throws IOException {
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      take(new Step(Step.Kind.WRITE, offsetBytes, bytes));
    }

    @Override
    public void release(long offsetBytes, long lengthBytes) throws IOException {
      take(new Step(Step.Kind.RELEASE, offsetBytes, new byte[(int) lengthBytes]));
    }

    @Override
    public void sync() throws IOException {
      take(new Step(Step.Kind.SYNC, 0, new byte[0]));
    }

    private void take(Step step) throws IOException {
      steps.add(step);
      file.seek(step.offsetBytes());
      file.write(step.bytes());
    }
  }

  private Path image(EmulatedGeometry geometry) throws IOException {
    Path path = directory.resolve("image");
    ImageFile.create(path, geometry, new UUID(1, 2), 3);
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      device.write(4096, ByteBuffer.allocate(4096).put(0, (byte) 5));
      device.write(2 * ZONE, ByteBuffer.allocate(8192).put(0, (byte) 7));
      device.finish(3);
      device.reset(3);
      device.finish(4);
    }
    return path;
  }

  /** Makes the file longer, with bytes that nobody wants to read. */
  private static void lengthen(Path path, int zones) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      long end = file.length();
      byte[] garbage = new byte[DATA + zones * ZONE + REST - (int) end];
      Arrays.fill(garbage, (byte) 0xaa);
      file.seek(end);
      file.write(garbage);
    }
  }

  private static ImageZonedDevice open(Path path, boolean isDrive, boolean readOnly)
      throws IOException {
    ImageLocation place = new ImageLocation(path, isDrive);
    NativeFile opened =
        NativeFile.open(
            path,
            readOnly
                ? EnumSet.noneOf(NativeFile.Option.class)
                : EnumSet.of(NativeFile.Option.WRITE));
    LockedFile locked = LockedFile.lock(new ImageLocation(path, false), opened, readOnly);
    NativeFile file = locked.file();
    ImageZonedDevice device = null;
    try {
      DriveStart start = DriveStart.of(file::read, file.sizeBytes());
      device = ImageFile.load(place, locked, start, readOnly);
      return device;
    } finally {
      if (device == null) {
        locked.close();
      }
    }
  }

  private static byte read(ImageZonedDevice device, long position) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(4096);
    device.read(position, read);
    return read.get(0);
  }

  /** Demands what the image had, and new zones behind it; returns the number of zones. */
  private static int check(ImageZonedDevice device, List<ZoneDescriptor> before)
      throws IOException {
    int zones = device.geometry().zoneCount();
    assertThat(device.hasLostHeader()).isFalse();
    assertThat(zones).isIn(ZONES, MORE_ZONES);
    assertThat(device.geometry().capacityBytes()).isEqualTo((long) zones * ZONE);
    assertThat(device.report(0, ZONES)).isEqualTo(before);
    assertThat(read(device, 4096)).isEqualTo((byte) 5);
    assertThat(read(device, 2 * ZONE)).isEqualTo((byte) 7);
    for (ZoneDescriptor zone : device.report(ZONES, zones - ZONES)) {
      assertThat(zone.condition()).isEqualTo(ZoneCondition.EMPTY);
      assertThat(zone.sizeBytes()).isEqualTo(ZONE);
      ByteBuffer content = ByteBuffer.allocate(ZONE);
      device.read(zone.startBytes(), content);
      assertThat(content.array()).containsOnly(0);
    }
    return zones;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCrashLeavesTheOldOrTheNewZones(boolean isDrive) throws IOException {
    Path path = image(GEOMETRY);
    lengthen(path, MORE_ZONES);
    overwrite(path, 4096 + 32 * 9, new byte[] {1, 2, 3});
    List<ZoneDescriptor> before;
    try (ImageZonedDevice device = open(path, isDrive, false)) {
      before = device.report(0, ZONES);
    }
    Path original = Files.copy(path, directory.resolve("original"));
    List<Step> steps = grow(path, isDrive);
    assertThat(steps).hasSizeGreaterThan(6);
    SplittableRandom random = new SplittableRandom(7);
    int[] found = new int[MORE_ZONES + 1];
    for (int done = 0; done <= steps.size(); done++) {
      for (int number = 0; number < CASES; number++) {
        Files.copy(original, path, StandardCopyOption.REPLACE_EXISTING);
        cut(path, steps.subList(0, done), random);
        int zones;
        try (ImageZonedDevice device = open(path, isDrive, true)) {
          zones = check(device, before);
        }
        found[zones]++;
        try (ImageZonedDevice device = open(path, isDrive, false)) {
          assertThat(check(device, before)).isEqualTo(zones);
        }
        grow(path, isDrive);
        try (ImageZonedDevice device = open(path, isDrive, false)) {
          assertThat(check(device, before)).isEqualTo(MORE_ZONES);
          device.write((MORE_ZONES - 1L) * ZONE, ByteBuffer.allocate(4096).put(0, (byte) 9));
        }
        try (ImageZonedDevice device = open(path, isDrive, true)) {
          assertThat(read(device, (MORE_ZONES - 1L) * ZONE)).isEqualTo((byte) 9);
        }
      }
    }
    assertThat(found[ZONES]).isPositive();
    assertThat(found[MORE_ZONES]).isPositive();
  }

  private static List<Step> grow(Path path, boolean isDrive) throws IOException {
    ImageLocation place = new ImageLocation(path, isDrive);
    ImageHeader header;
    try (ImageZonedDevice device = open(path, isDrive, true)) {
      header = device.header();
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      Recording recording = new Recording(file);
      assertThat(ImageGrowth.grow(place, header, recording).zones()).isEqualTo(MORE_ZONES);
      return recording.steps;
    }
  }

  /** What is left of accesses after a power failure: of those after the last sync, any sectors. */
  private static void cut(Path path, List<Step> steps, SplittableRandom random) throws IOException {
    int lastSync = 0;
    for (int at = 0; at < steps.size(); at++) {
      lastSync = steps.get(at).kind() == Step.Kind.SYNC ? at : lastSync;
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      for (int at = 0; at < steps.size(); at++) {
        byte[] bytes = steps.get(at).bytes();
        for (int from = 0; from < bytes.length; from += SECTOR) {
          if (at < lastSync || random.nextBoolean()) {
            file.seek(steps.get(at).offsetBytes() + from);
            file.write(bytes, from, Math.min(SECTOR, bytes.length - from));
          }
        }
      }
    }
  }

  private static void overwrite(Path path, long at, byte[] bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    }
  }

  @Test
  void onlyWithThePermission() throws IOException {
    Path path = image(GEOMETRY);
    lengthen(path, MORE_ZONES);
    List<ZoneDescriptor> before;
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      before = device.report(0, ZONES);
      assertThat(check(device, before)).isEqualTo(ZONES);
      assertThat(MediumRoom.of(device)).isEqualTo(MORE_ZONES);
    }
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_ONLY, true)) {
      assertThat(check(device, before)).isEqualTo(ZONES);
    }
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE, true)) {
      assertThat(check(device, before)).isEqualTo(MORE_ZONES);
      assertThat(MediumRoom.of(device)).isEqualTo(MORE_ZONES);
    }
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      assertThat(check(device, before)).isEqualTo(MORE_ZONES);
    }
  }

  @Test
  void aRoomOfLessThanAZoneIsLeft() throws IOException {
    Path path = image(GEOMETRY);
    lengthen(path, ZONES);
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE, true)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(ZONES);
      assertThat(MediumRoom.of(device)).isEqualTo(ZONES);
    }
  }

  @Test
  void aClosedDriveKnowsItsOwnZones() throws IOException {
    Path path = image(GEOMETRY);
    lengthen(path, MORE_ZONES);
    ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE);
    device.close();
    assertThat(MediumRoom.of(device)).isEqualTo(ZONES);
  }

  @Test
  void nothingFollowsAShorterZone() throws IOException {
    Path path = image(GEOMETRY.withSizeBytes(ZONES * ZONE - 4096));
    lengthen(path, ZONES);
    byte[] before = Files.readAllBytes(path);
    assertThatThrownBy(() -> ImageFile.open(path, DeviceAccess.READ_WRITE, true))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("cannot grow: its last zone, 7, is shorter than the others");
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(ZONES);
      assertThat(MediumRoom.of(device)).isEqualTo(ZONES);
    }
  }

  @Test
  void theTableKeepsClearOfTheZonesAndOfTheCopy() throws IOException {
    int small = 4096;
    int most = (DATA - 2 * 4096) / 32;
    Path path = directory.resolve("small");
    ImageFile.create(
        path,
        EmulatedGeometry.builder(100L * small).zoneSizeBytes(small).build(),
        new UUID(1, 2),
        3);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(DATA + (most + 1L) * small);
    }
    byte[] before = Files.readAllBytes(path);
    assertThatThrownBy(() -> ImageFile.open(path, DeviceAccess.READ_WRITE, true))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("room for " + (most + 1) + " zones")
        .hasMessageContaining("room for " + most + " only")
        .hasMessageContaining("a file of " + (DATA + (long) most * small) + " bytes");
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(DATA + (long) most * small);
    }
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE, true)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(most);
      device.write((most - 1L) * small, ByteBuffer.allocate(small).put(0, (byte) 9));
    }
    assertThat(Arrays.copyOfRange(Files.readAllBytes(path), DATA - 4096, DATA))
        .isEqualTo(Arrays.copyOf(Files.readAllBytes(path), 4096));
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(most);
      assertThat(read(device, (most - 1L) * small)).isEqualTo((byte) 9);
    }
  }

  /** Only what a growth leaves is completed; a header that is damaged otherwise is refused. */
  @Test
  void aDamagedHeaderIsNoTornOne() throws IOException {
    Path path = image(GEOMETRY);
    overwrite(path, 60, new byte[] {77});
    assertThatThrownBy(() -> ImageFile.open(path, DeviceAccess.READ_WRITE))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("header (bytes 0 to 4095) is damaged");
  }
}

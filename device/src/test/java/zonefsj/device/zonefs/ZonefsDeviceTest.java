// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneType;
import zonefsj.device.block.FileFacts;
import zonefsj.device.block.NativeFile;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceResolver;

/**
 * A directory whose files imitate those of zonefs: their sizes change by writes and truncations in
 * the same way, but nothing refuses what zonefs would. The guest's contract test has the real one.
 */
final class ZonefsDeviceTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 64 << 10;
  private static final int CAPACITY = 48 << 10;
  private static final int CONVENTIONAL = 2;
  private static final int SEQUENTIAL = 6;
  private static final int MAX_OPEN = 2;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private final AtomicInteger openedForWriting = new AtomicInteger();

  private final ZoneFiles imitation =
      new ZoneFiles() {
        @Override
        public FileFacts facts(Path file) throws IOException {
          FileFacts real = FileFacts.of(file);
          boolean sequential = Objects.requireNonNull(file.getParent()).endsWith("seq");
          return new FileFacts(
              real.mode(),
              real.sizeBytes(),
              sequential ? CAPACITY : real.sizeBytes(),
              BLOCK,
              real.device());
        }

        @Override
        public NativeFile open(Path file, boolean writes) throws IOException {
          if (writes) {
            openedForWriting.incrementAndGet();
          }
          return NativeFile.open(
              file,
              writes
                  ? EnumSet.of(NativeFile.Option.WRITE)
                  : EnumSet.noneOf(NativeFile.Option.class));
        }

        @Override
        public long zoneSizeBytes() {
          return ZONE;
        }

        @Override
        public OptionalInt maxOpenZones() {
          return OptionalInt.of(MAX_OPEN);
        }

        @Override
        public OptionalInt maxActiveZones() {
          return OptionalInt.of(3);
        }
      };

  @BeforeEach
  void makeFiles() throws IOException {
    for (int number = 0; number < CONVENTIONAL; number++) {
      size("cnv/" + number, ZONE);
    }
    for (int number = 0; number < SEQUENTIAL; number++) {
      size("seq/" + number, 0);
    }
  }

  private void size(String name, long bytes) throws IOException {
    Path path = directory.resolve(name);
    Files.createDirectories(path.getParent());
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(bytes);
    }
  }

  private long size(int sequential) throws IOException {
    return Files.size(directory.resolve("seq/" + sequential));
  }

  private void permit(String name, String permissions) throws IOException {
    Files.setPosixFilePermissions(
        directory.resolve(name), PosixFilePermissions.fromString(permissions));
  }

  private ZonefsDevice open() throws IOException {
    return ZonefsDevice.open(directory, imitation, false);
  }

  private static ByteBuffer blocks(int count, int value) {
    ByteBuffer bytes = ByteBuffer.allocate(count * BLOCK);
    for (int block = 0; block < count; block++) {
      bytes.put(block * BLOCK, (byte) value);
    }
    return bytes;
  }

  private static int read(ZonefsDevice device, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    device.read(position, bytes);
    return bytes.get(0);
  }

  private static void assertZone(
      ZonefsDevice device, int zone, ZoneCondition condition, long writtenBytes)
      throws IOException {
    assertThat(device.report(zone, 1).get(0).condition()).isEqualTo(condition);
    assertThat(device.report(zone, 1).get(0).writtenBytes()).isEqualTo(writtenBytes);
  }

  @Test
  void conventionalZonesComeFirst() throws IOException {
    try (ZonefsDevice device = open()) {
      assertThat(device.geometry().zoneCount()).isEqualTo(CONVENTIONAL + SEQUENTIAL);
      assertThat(device.geometry().zoneSizeBytes()).isEqualTo(ZONE);
      assertThat(device.geometry().blockSizeBytes()).isEqualTo(BLOCK);
      assertThat(device.geometry().maxOpenZones()).hasValue(MAX_OPEN);
      assertThat(device.report(1, 1).get(0).type()).isEqualTo(ZoneType.CONVENTIONAL);
      assertThat(device.report(1, 1).get(0).capacityBytes()).isEqualTo(ZONE);
      assertThat(device.report(2, 1).get(0).type()).isEqualTo(ZoneType.SEQUENTIAL_REQUIRED);
      assertThat(device.report(2, 1).get(0).capacityBytes()).isEqualTo(CAPACITY);
      device.write(ZONE + 2 * BLOCK, blocks(1, 7));
      assertThat(read(device, ZONE + 2 * BLOCK)).isEqualTo(7);
      assertThat(Files.size(directory.resolve("cnv/1"))).isEqualTo(ZONE);
      assertThat(device.isPresent()).isTrue();
    }
  }

  @Test
  void theSizeIsTheWritePointer() throws IOException {
    try (ZonefsDevice device = open()) {
      device.append(2, blocks(3, 1));
      device.append(3, blocks(CAPACITY / BLOCK, 2));
      device.append(4, blocks(1, 3));
      device.finish(4);
      device.append(5, blocks(2, 4));
      device.reset(5);
      device.flush();
      assertThat(size(0)).isEqualTo(3 * BLOCK);
      assertThat(size(1)).isEqualTo(CAPACITY);
      assertThat(size(2)).isEqualTo(CAPACITY);
      assertThat(size(3)).isZero();
    }
    try (ZonefsDevice device = open()) {
      assertZone(device, 2, ZoneCondition.CLOSED, 3 * BLOCK);
      assertZone(device, 3, ZoneCondition.FULL, CAPACITY);
      assertZone(device, 4, ZoneCondition.FULL, CAPACITY);
      assertZone(device, 5, ZoneCondition.EMPTY, 0);
      assertThat(read(device, 2 * ZONE + 2 * BLOCK)).isEqualTo(1);
      assertThat(read(device, 2 * ZONE + 3 * BLOCK)).isZero();
      device.append(2, blocks(1, 9));
      assertThat(read(device, 2 * ZONE + 3 * BLOCK)).isEqualTo(9);
    }
  }

  @Test
  void notMoreFilesAreOpenForWritingThanZonesMayBe() throws IOException {
    try (ZonefsDevice device = open()) {
      device.append(2, blocks(1, 1));
      device.append(3, blocks(1, 1));
      device.append(2, blocks(1, 1));
      assertThat(openedForWriting).hasValue(2);
      // Closes the file of zone 3, which was used longest ago.
      device.append(4, blocks(1, 1));
      device.append(2, blocks(1, 1));
      assertThat(openedForWriting).hasValue(3);
      device.append(3, blocks(1, 1));
      assertThat(openedForWriting).hasValue(4);
    }
  }

  @Test
  void zonesThatHaveFailed() throws IOException {
    size("seq/0", 3 * BLOCK);
    permit("seq/0", "r--r-----");
    permit("seq/1", "---------");
    permit("cnv/0", "---------");
    try (ZonefsDevice device = open()) {
      assertZone(device, 0, ZoneCondition.OFFLINE, 0);
      assertZone(device, 2, ZoneCondition.READ_ONLY, 0);
      assertZone(device, 3, ZoneCondition.OFFLINE, 0);
      assertThat(read(device, 2 * ZONE + 2 * BLOCK)).isZero();
      assertThatThrownBy(() -> read(device, 3L * ZONE))
          .isInstanceOfSatisfying(
              DeviceException.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.ZONE_OFFLINE));
      assertThatThrownBy(() -> device.reset(2))
          .isInstanceOfSatisfying(
              DeviceException.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.ZONE_READ_ONLY));
    }
  }

  /** A failed write may have written a part; then the size of the file counts. */
  @Test
  void afterAFailureTheFileCounts() throws IOException {
    try (ZonefsDevice device = open()) {
      device.append(2, blocks(3, 1));
      Files.delete(directory.resolve("seq/1"));
      assertThatThrownBy(() -> device.append(3, blocks(1, 1))).isInstanceOf(DeviceException.class);
      size("seq/1", 2 * BLOCK);
      assertZone(device, 3, ZoneCondition.IMPLICIT_OPEN, 2 * BLOCK);
      device.append(3, blocks(1, 5));
      assertThat(size(1)).isEqualTo(3 * BLOCK);
    }
  }

  /** A reset can overtake a read; a file that somebody else has made shorter is an error. */
  @Test
  void aFileThatIsShorterThanWhatIsRead() throws IOException {
    try (ZonefsDevice device = open()) {
      device.append(2, blocks(3, 1));
      device.append(3, blocks(3, 1));
      size("seq/0", BLOCK);
      assertThatThrownBy(() -> read(device, 2 * ZONE + 2 * BLOCK))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("in the middle of a read");
      device.reset(3);
      device.append(3, blocks(3, 2));
      size("seq/1", BLOCK);
      assertThat(read(device, 3 * ZONE)).isEqualTo(2);
      assertThatThrownBy(() -> read(device, 3 * ZONE + 2 * BLOCK))
          .as("written again after the reset")
          .isInstanceOf(DeviceException.class);
    }
  }

  @Test
  void aResetThatOvertakesAReadLeavesZeros() throws IOException {
    size("seq/1", 3 * BLOCK);
    ZonefsLayout layout = ZonefsLayout.read(directory, imitation);
    try (ZonefsStorage storage = new ZonefsStorage(imitation, layout.files(), () -> {})) {
      storage.reset(3, layout.states()::get, () -> true);
      ByteBuffer bytes = blocks(1, 7);
      storage.read(3, BLOCK, bytes);
      assertThat(bytes.get(0)).isZero();
    }
  }

  @Test
  void conventionalZonesInOneFileAreCut() throws IOException {
    size("cnv/0", 3 * ZONE + ZONE / 2);
    Files.delete(directory.resolve("cnv/1"));
    try (ZonefsDevice device = open()) {
      assertThat(device.geometry().zoneCount()).isEqualTo(3 + SEQUENTIAL);
      device.write(2 * ZONE + BLOCK, blocks(1, 7));
      device.append(3, blocks(1, 8));
    }
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve("cnv/0").toFile(), "r")) {
      file.seek(2 * ZONE + BLOCK);
      assertThat(file.read()).isEqualTo(7);
    }
    assertThat(size(0)).isEqualTo(BLOCK);
  }

  /** The device closes open zones; active ones are limited. */
  @Test
  void limitsHold() throws IOException {
    try (ZonefsDevice device = open()) {
      device.append(2, blocks(1, 1));
      device.append(3, blocks(1, 1));
      device.append(4, blocks(1, 1));
      assertThatThrownBy(() -> device.append(5, blocks(1, 1)))
          .isInstanceOfSatisfying(
              DeviceException.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.TOO_MANY_ACTIVE));
      assertThat(size(3)).isZero();
    }
  }

  @Test
  void oneUserOrSeveralReaders() throws IOException {
    try (ZonefsDevice device = open()) {
      assertThat(device.geometry().description()).isEqualTo("zonefs:" + directory);
      assertThatThrownBy(this::open).hasMessageContaining("in use by another zonefs-j");
    }
    try (ZonefsDevice one = ZonefsDevice.open(directory, imitation, true);
        ZonefsDevice other = ZonefsDevice.open(directory, imitation, true)) {
      assertThat(other.geometry()).isEqualTo(one.geometry());
      assertThatThrownBy(() -> one.append(2, blocks(1, 1)))
          .isInstanceOfSatisfying(
              DeviceException.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.DEVICE_READ_ONLY));
    }
  }

  @Test
  void whatIsNoMountIsRefused() throws IOException {
    DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());
    assertThatThrownBy(() -> resolver.open("zonefs:" + directory, DeviceAccess.READ_WRITE))
        .isInstanceOf(ZonefsException.class)
        .hasMessageContaining("is no mount of zonefs");
    assertThatThrownBy(() -> resolver.open("zonefs:/nowhere", DeviceAccess.READ_WRITE))
        .hasMessageContaining("there is no such directory");
    assertThatThrownBy(() -> resolver.open("zonefs:", DeviceAccess.READ_WRITE))
        .hasMessageContaining("a directory is missing");
    size("seq/3", CAPACITY + BLOCK);
    assertThatThrownBy(this::open).hasMessageContaining("seq/3 is no file of a zone");
    Files.delete(directory.resolve("seq/3"));
    assertThatThrownBy(this::open).hasMessageContaining("seq/3: one of 5 files");
    // After a refusal, nobody holds the lock.
    size("seq/3", 0);
    open().close();
  }
}

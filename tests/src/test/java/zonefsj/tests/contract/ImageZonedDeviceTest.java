// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.CAPACITY;
import static zonefsj.tests.contract.Devices.MAX_ACTIVE;
import static zonefsj.tests.contract.Devices.MAX_OPEN;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageException;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;

class ImageZonedDeviceTest extends EmulatedDeviceContractTest {
  private static final int HEADER = 4096;
  private static final int ENTRY = 32;

  private final AtomicInteger images = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  protected ImageZonedDevice create(EmulatedGeometry geometry) throws IOException {
    Path path = directory.resolve("image" + images.incrementAndGet());
    ImageFile.create(path, geometry);
    return ImageFile.open(path, DeviceAccess.READ_WRITE);
  }

  private ImageZonedDevice image() {
    return (ImageZonedDevice) device;
  }

  private void reopen() throws IOException {
    Path path = image().path();
    device.close();
    device = ImageFile.open(path, DeviceAccess.READ_WRITE);
  }

  @Test
  void everyStateSurvivesReopening() throws IOException {
    device.write(start(0) + 5 * BLOCK, blocks(1, 10));
    device.write(start(2), blocks(3, 1));
    device.open(3);
    device.write(start(4), blocks(1, 3));
    device.close(4);
    device.write(start(5), blocks(48, 4));
    device.write(start(6), blocks(2, 5));
    device.finish(6);
    device.write(start(7), blocks(2, 6));
    image().setReadOnly(7);
    image().setOffline(8);
    device.write(start(9), blocks(2, 7));
    device.reset(9);
    device.open(10);
    device.close(10);
    List<ZoneDescriptor> before = device.report(0, ZONES);
    reopen();
    assertThat(device.report(0, ZONES)).isEqualTo(before);
    assertZone(device, 2, ZoneCondition.IMPLICIT_OPEN, 3 * BLOCK);
    assertThat(read(device, start(0) + 5 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 10)));
    assertThat(read(device, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    assertThat(read(device, start(5), CAPACITY)).isEqualTo(bytes(blocks(48, 4)));
    assertThat(read(device, start(6) + 2 * BLOCK, BLOCK)).containsOnly(0);
    assertThat(read(device, start(7), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 6)));
    assertThat(read(device, start(9), ZONE)).containsOnly(0);
    assertRefused(Reason.ZONE_OFFLINE, 8, () -> device.reset(8));
    device.write(start(2) + 3 * BLOCK, blocks(1, 1));
    device.write(start(9), blocks(1, 8));
    reopen();
    byte[] expected = new byte[ZONE];
    System.arraycopy(bytes(blocks(1, 8)), 0, expected, 0, BLOCK);
    assertThat(read(device, start(9), ZONE)).isEqualTo(expected);
  }

  @Test
  void limitsHoldAfterReopening() throws IOException {
    for (int i = 0; i < MAX_OPEN; i++) {
      device.open(FIRST + i);
    }
    for (int i = MAX_OPEN; i < MAX_ACTIVE; i++) {
      device.close(FIRST + i - MAX_OPEN);
      device.open(FIRST + i);
    }
    reopen();
    assertRefused(Reason.TOO_MANY_ACTIVE, 12, () -> device.open(12));
    device.reset(FIRST);
    assertRefused(Reason.TOO_MANY_OPEN, 12, () -> device.open(12));
    device.close(FIRST + 2);
    device.open(12);
  }

  @Test
  void aNewImageIsSmall() throws IOException {
    Path path = directory.resolve("large");
    ImageFile.create(path, EmulatedGeometry.builder(60_000L << 24).zoneSizeBytes(1 << 24).build());
    assertThat(allocatedBytes(path)).isLessThan(1 << 20);
    try (ImageZonedDevice large = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      long last = 59_999L << 24;
      large.write(last, blocks(2, 1));
      assertThat(read(large, last, 2 * BLOCK)).isEqualTo(bytes(blocks(2, 1)));
    }
    assertThat(allocatedBytes(path)).isLessThan(1 << 20);
  }

  @Test
  void aResetGivesSpaceBackAfterTheNextFlush() throws IOException {
    for (int i = 0; i < 4; i++) {
      device.write(start(FIRST + i), blocks(48, i));
    }
    device.flush();
    long full = allocatedBytes(image().path());
    assertThat(full).isGreaterThan(4L * CAPACITY - 1);
    for (int i = 0; i < 4; i++) {
      device.reset(FIRST + i);
    }
    assertThat(allocatedBytes(image().path())).isGreaterThanOrEqualTo(full);
    device.flush();
    assertThat(allocatedBytes(image().path())).isLessThan(full - 3L * CAPACITY);
  }

  @Test
  void aResetThatWasNotFlushedIsTidiedUpLater() throws IOException {
    device.write(start(FIRST), blocks(48, 1));
    device.flush();
    long full = allocatedBytes(image().path());
    device.reset(FIRST);
    reopen();
    assertThat(read(device, start(FIRST), ZONE)).containsOnly(0);
    device.flush();
    assertThat(allocatedBytes(image().path())).isLessThan(full - CAPACITY / 2);
  }

  @Test
  void bytesOfATornWriteAreNeverRead() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    Path path = image().path();
    device.close();
    long dataOffset = Files.size(path) - (long) ZONES * ZONE;
    patch(path, dataOffset + start(FIRST) + BLOCK, bytes(blocks(1, 2)));
    device = ImageFile.open(path, DeviceAccess.READ_WRITE);
    assertThat(read(device, start(FIRST) + BLOCK, BLOCK)).containsOnly(0);
    device.finish(FIRST);
    assertThat(read(device, start(FIRST) + BLOCK, BLOCK)).containsOnly(0);
  }

  @Test
  void aSecondOpenerIsRefused() throws IOException {
    Path path = image().path();
    for (DeviceAccess access : DeviceAccess.values()) {
      assertImageRefused(path, access, "in use");
    }
    device.close();
    try (ImageZonedDevice one = ImageFile.open(path, DeviceAccess.READ_ONLY);
        ImageZonedDevice two = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(one.report(0, ZONES)).isEqualTo(two.report(0, ZONES));
      assertImageRefused(path, DeviceAccess.READ_WRITE, "in use");
    }
    device = ImageFile.open(path, DeviceAccess.READ_WRITE);
  }

  @Test
  void readOnlyNeverWrites() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    device.reset(FIRST + 1);
    Path path = image().path();
    device.close();
    byte[] before = Files.readAllBytes(path);
    device = ImageFile.open(path, DeviceAccess.READ_ONLY);
    assertThat(image().isReadOnly()).isTrue();
    assertThat(read(device, start(FIRST), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 1)));
    device.flush();
    long next = start(FIRST) + 2 * BLOCK;
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.write(next, blocks(1, 1)));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.open(FIRST));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.close(FIRST));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.finish(FIRST));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> device.reset(FIRST));
    assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> image().setOffline(FIRST));
    device.close();
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
  }

  @Test
  void createRefusesWhatExists() throws IOException {
    Path path = image().path();
    ImageException refusal =
        catchThrowableOfType(
            ImageException.class, () -> ImageFile.create(path, Devices.geometry()));
    assertThat(refusal).hasMessageContaining("already").hasMessageContaining(path.toString());
    Path dangling = directory.resolve("dangling");
    Files.createSymbolicLink(dangling, directory.resolve("nowhere"));
    refusal =
        catchThrowableOfType(
            ImageException.class, () -> ImageFile.create(dangling, Devices.geometry()));
    assertThat(refusal).isNotNull();
    refusal =
        catchThrowableOfType(
            ImageException.class,
            () -> ImageFile.create(directory.resolve("no/such/x"), Devices.geometry()));
    assertThat(refusal).hasMessageContaining("No such file");
  }

  @Test
  void createdWithAnIdentity() throws IOException {
    UUID uuid = new UUID(0x0011223344556677L, 0x8899aabbccddeeffL);
    Path path = directory.resolve("identity");
    ImageFile.create(path, Devices.geometry(), uuid, 1234);
    try (ImageZonedDevice opened = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(opened.uuid()).isEqualTo(uuid);
      assertThat(opened.createdMillis()).isEqualTo(1234);
      assertThat(opened.emulatedGeometry()).isEqualTo(Devices.geometry());
    }
  }

  @Test
  void damagedImagesAreRefusedWithWordsAndNotTouched() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    Path path = image().path();
    device.close();
    byte[] good = Files.readAllBytes(path);

    for (int at = 0; at < HEADER; at = at < 200 ? at + 1 : at + 97) {
      if (isOfSize(at)) {
        assertCopyCounts(good, at);
      } else {
        assertDamageRefused(good, at, at < 8 ? "not a zonefs-j image" : "header");
      }
    }
    for (int at = 0; at < ENTRY; at++) {
      assertDamageRefused(good, HEADER + FIRST * ENTRY + at, "entry of zone " + FIRST);
      assertDamageRefused(good, HEADER + (ZONES - 1) * ENTRY + at, "entry of zone " + (ZONES - 1));
    }
    device = ImageFile.open(path, DeviceAccess.READ_WRITE);
  }

  /**
   * Number of zones and size of the drive: only these differ in a header that a growth has torn.
   */
  private static boolean isOfSize(int at) {
    return (at >= 68 && at < 72) || (at >= 88 && at < 96);
  }

  private void assertCopyCounts(byte[] good, int at) throws IOException {
    byte[] bad = good.clone();
    bad[at] ^= 0x10;
    Path path = directory.resolve("torn");
    Files.write(path, bad);
    try (ImageZonedDevice torn = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(torn.geometry().zoneCount()).isEqualTo(ZONES);
    }
    Files.delete(path);
  }

  @Test
  void aMisplacedTableEntryIsRefused() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    Path path = image().path();
    device.close();
    byte[] entry = new byte[ENTRY];
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      file.seek(HEADER + FIRST * ENTRY);
      file.readFully(entry);
    }
    patch(path, HEADER + (FIRST + 1) * ENTRY, entry);
    assertImageRefused(path, DeviceAccess.READ_WRITE, "entry of zone " + (FIRST + 1));
  }

  private void assertDamageRefused(byte[] good, int at, String words) throws IOException {
    byte[] bad = good.clone();
    bad[at] ^= 0x10;
    Path path = directory.resolve("damaged");
    Files.write(path, bad);
    assertImageRefused(path, DeviceAccess.READ_WRITE, words);
    assertThat(Files.readAllBytes(path)).isEqualTo(bad);
    Files.delete(path);
  }

  @Test
  void truncatedImagesAreRefused() throws IOException {
    Path path = image().path();
    device.close();
    long size = Files.size(path);
    for (long left : new long[] {size - 1, size / 2, HEADER + 1, HEADER - 1, 100, 9}) {
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(left);
      }
      assertImageRefused(path, DeviceAccess.READ_WRITE, "truncated");
      assertThat(Files.size(path)).isEqualTo(left);
    }
    Files.write(path, new byte[0]);
    assertImageRefused(path, DeviceAccess.READ_WRITE, "empty");
  }

  @Test
  void missingAndStrangeFilesAreRefused() throws IOException {
    assertImageRefused(directory.resolve("none"), DeviceAccess.READ_WRITE, "no such file");
    assertImageRefused(directory, DeviceAccess.READ_WRITE, "directory");
    assertImageRefused(Path.of("/dev/null"), DeviceAccess.READ_WRITE, "not a regular file");
    Path text = directory.resolve("text");
    Files.writeString(text, "hello");
    assertImageRefused(text, DeviceAccess.READ_WRITE, "not a zonefs-j image");
  }

  @Test
  void moreActiveZonesThanPossibleAreFinishedAsADriveWould() throws IOException {
    EmulatedGeometry narrow =
        EmulatedGeometry.builder((long) ZONES * ZONE)
            .zoneSizeBytes(ZONE)
            .zoneCapacityBytes(CAPACITY)
            .conventionalZones(2)
            .maxOpenZones(2)
            .maxActiveZones(3)
            .maxAppendBytes(32 * BLOCK)
            .build();
    Path path = directory.resolve("narrow");
    ImageFile.create(path, narrow);
    for (int i = 0; i < 5; i++) {
      device.write(start(FIRST + i), blocks(1 + i, i));
    }
    Path wide = image().path();
    device.close();
    // The table as a host might leave it that lost power: five active zones where three can be.
    byte[] table = new byte[ZONES * ENTRY];
    try (RandomAccessFile file = new RandomAccessFile(wide.toFile(), "r")) {
      file.seek(HEADER);
      file.readFully(table);
    }
    patch(path, HEADER, table);
    for (int round = 0; round < 2; round++) {
      try (ImageZonedDevice opened = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
        assertZone(opened, FIRST, ZoneCondition.CLOSED, BLOCK);
        assertZone(opened, FIRST + 2, ZoneCondition.CLOSED, 3 * BLOCK);
        assertThat(zone(opened, FIRST + 3).condition()).isEqualTo(ZoneCondition.FULL);
        assertThat(zone(opened, FIRST + 4).condition()).isEqualTo(ZoneCondition.FULL);
        opened.open(FIRST);
        opened.close(FIRST);
      }
    }
  }

  static ImageException assertImageRefused(Path path, DeviceAccess access, String words) {
    ImageException refusal =
        catchThrowableOfType(ImageException.class, () -> ImageFile.open(path, access).close());
    assertThat(refusal).as("a refusal that says '%s'", words).isNotNull();
    assertThat(refusal).hasMessageContaining(words).hasMessageContaining(path.toString());
    assertThat(refusal.getMessage()).doesNotContain("\n");
    return refusal;
  }

  private static void patch(Path path, long at, byte[] bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    }
  }

  /** What the file takes of its host's disk. */
  private static long allocatedBytes(Path path) throws IOException {
    Process stat =
        new ProcessBuilder("stat", "-c", "%b %B", path.toString())
            .redirectErrorStream(true)
            .start();
    String[] numbers =
        new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII)
            .strip()
            .split(" ", -1);
    return Long.parseLong(numbers[0]) * Long.parseLong(numbers[1]);
  }
}

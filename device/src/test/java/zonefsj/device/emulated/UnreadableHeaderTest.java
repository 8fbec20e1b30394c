// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.NativeFile;

/** A bad sector at the beginning of an image does not hide what is behind it. */
final class UnreadableHeaderTest {
  private static final int SECTOR = 512;
  private static final int COPY_AT = (1 << 20) - 4096;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(16 << 20).zoneSizeBytes(1 << 20).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path path;
  private ImageLocation place;

  @BeforeEach
  void makeAnImage() throws IOException {
    path = directory.resolve("image");
    ImageFile.create(path, GEOMETRY, new UUID(1, 2), 3);
    place = ImageLocation.of(path);
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE)) {
      device.write(2 << 20, ByteBuffer.allocate(8192).put(0, (byte) 7));
    }
  }

  private LockedFile lock() throws IOException {
    return LockedFile.lock(
        place, NativeFile.open(path, EnumSet.of(NativeFile.Option.WRITE)), false);
  }

  /** The beginning as it is read where one sector cannot be. */
  private static DriveStart start(NativeFile file, long badSector) throws IOException {
    return DriveStart.of(
        (at, bytes) -> {
          if (at < badSector + SECTOR && at + bytes.remaining() > badSector) {
            throw new IOException("Input/output error");
          }
          file.read(at, bytes);
        },
        file.sizeBytes());
  }

  /** Opens it as if its first sector could not be read; closing it lets go of the file. */
  private ImageZonedDevice openReadingAround(boolean readOnly) throws IOException {
    LockedFile locked = lock();
    try {
      return ImageFile.load(place, locked, start(locked.file(), 0), readOnly);
    } catch (IOException refused) {
      locked.close();
      throw refused;
    }
  }

  private void overwrite(long at, byte[] bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    }
  }

  private byte[] bytes(long at) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      byte[] bytes = new byte[4096];
      file.seek(at);
      file.readFully(bytes);
      return bytes;
    }
  }

  @Test
  void isReadAround() throws IOException {
    try (ImageZonedDevice device = openReadingAround(false)) {
      assertThat(device.hasLostHeader()).isTrue();
      assertThat(device.uuid()).isEqualTo(new UUID(1, 2));
      assertThat(device.createdMillis()).isEqualTo(3);
      assertThat(device.geometry().zoneCount()).isEqualTo(16);
      assertThat(device.report(2, 1).get(0).writtenBytes()).isEqualTo(8192);
      ByteBuffer read = ByteBuffer.allocate(4096);
      device.read(2 << 20, read);
      assertThat(read.get(0)).isEqualTo((byte) 7);
      device.write((2 << 20) + 8192, ByteBuffer.allocate(4096));
    }
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(device.hasLostHeader()).isFalse();
      assertThat(device.report(2, 1).get(0).writtenBytes()).isEqualTo(12_288);
    }
  }

  @Test
  void aBadSectorBehindTheHeaderHidesNothing() throws IOException {
    LockedFile locked = lock();
    DriveStart start = start(locked.file(), 100_352);
    assertThat(start.hasUnreadableHeader()).isFalse();
    assertThat(start.bytes().limit()).isEqualTo(KnownFormat.LOOK_BYTES);
    try (ImageZonedDevice device = ImageFile.load(place, locked, start, true)) {
      assertThat(device.hasLostHeader()).isFalse();
    }
  }

  @Test
  void whatCannotBeReadAtAllIsNoDrive() {
    assertThatThrownBy(
            () ->
                DriveStart.of(
                    (at, bytes) -> {
                      throw new IOException("Input/output error");
                    },
                    1 << 20))
        .hasMessage("Input/output error");
  }

  @Test
  void aRepairWritesItBack() throws IOException {
    byte[] header = bytes(0);
    overwrite(0, new byte[4096]);
    try (LockedFile locked = lock()) {
      DriveStart unreadable = start(locked.file(), 0);
      assertThat(EmulatedDisk.restoreHeader(place, locked, unreadable)).isTrue();
    }
    assertThat(bytes(0)).isEqualTo(header);
    assertThat(EmulatedDisk.restoreHeader(path)).as("once is enough").isFalse();
  }

  @Test
  void aHeaderOfOtherBytesIsNotReplacedInAFile() throws IOException {
    overwrite(0, new byte[4096]);
    assertThat(EmulatedDisk.restoreHeader(path)).isFalse();
    assertThatThrownBy(() -> ImageFile.open(path, DeviceAccess.READ_ONLY))
        .isInstanceOf(ImageException.class);
  }

  /** As an older program made it. */
  @Test
  void anImageWithoutACopyIsRefusedAndGetsOne() throws IOException {
    byte[] copy = bytes(COPY_AT);
    overwrite(COPY_AT, new byte[4096]);
    assertThatThrownBy(() -> openReadingAround(true))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("first 4096 bytes cannot be read, and there is no copy");
    ImageFile.open(path, DeviceAccess.READ_ONLY).close();
    assertThat(bytes(COPY_AT)).containsOnly(0);
    ImageFile.open(path, DeviceAccess.READ_WRITE).close();
    assertThat(bytes(COPY_AT)).isEqualTo(copy).isEqualTo(bytes(0));
  }

  /** A file within the zones may hold an image. */
  @Test
  void theCopyOfAnImageWithinTheZonesIsNotBelieved() throws IOException {
    byte[] copy = bytes(COPY_AT);
    overwrite(COPY_AT, new byte[4096]);
    overwrite(COPY_AT + (1 << 20), copy);
    assertThatThrownBy(() -> openReadingAround(true)).isInstanceOf(ImageException.class);
  }

  @Test
  void whereTheTableLeavesNoRoomThereIsNone() throws IOException {
    Path full = directory.resolve("full");
    int zones = ((1 << 20) - 4096) / 32;
    ImageFile.create(
        full,
        EmulatedGeometry.builder((long) zones << 16).zoneSizeBytes(64 << 10).build(),
        new UUID(5, 6),
        7);
    ImageFile.open(full, DeviceAccess.READ_WRITE).close();
    try (RandomAccessFile file = new RandomAccessFile(full.toFile(), "r")) {
      byte[] table = new byte[4096];
      file.seek(COPY_AT);
      file.readFully(table);
      assertThat(table).containsOnly(0);
    }
    assertThat(Files.size(full)).isEqualTo((1 << 20) + ((long) zones << 16));
  }
}

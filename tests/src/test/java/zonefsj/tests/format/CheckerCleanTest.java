// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.CheckResult;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** A filesystem that nothing is wrong with has no finding, unmounted or not. */
class CheckerCleanTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private static CheckResult check(ZonedDevice device) throws IOException {
    FlippingDevice watched = new FlippingDevice(device);
    CheckResult result = VolumeChecker.check(watched, true, ProgressListener.NONE);
    assertThat(watched.writes()).as("writes of a check").isZero();
    return result;
  }

  @Test
  void anEmptyFilesystem() throws IOException {
    CheckResult result = check(SmallVolume.format());
    assertThat(result).isEqualTo(new CheckResult(List.of(), List.of(), 0, 1, 0, 0));
  }

  @Test
  void oneOnConventionalZones() throws IOException {
    RamZonedDevice device = SmallVolume.format(3);
    SmallVolume.with(device, SmallVolume::fill);
    assertThat(check(device).findings()).isEmpty();
  }

  @Test
  void filesOfEveryKind() throws IOException {
    CheckResult result = check(SmallVolume.filled());
    assertThat(result.findings()).isEmpty();
    assertThat(result.files()).isEqualTo(5);
    assertThat(result.directories()).isEqualTo(3);
    // The two short overwrites came with their journal record and are checked with the index.
    assertThat(result.bytesVerified()).isEqualTo((3 << 20) + 70_001 - 1234);
  }

  @Test
  void whatACrashLeft() throws Exception {
    RamZonedDevice device = SmallVolume.format();
    Volume volume = SmallVolume.mount(device, new MemoryMetadataStores());
    ZoneFileSystem files = volume.fileSystem();
    SmallVolume.fill(files);
    files.sync();
    long big = files.lookup(ZoneFileSystem.ROOT_INODE, SmallVolume.name("big")).inode();
    files.open(Caller.ROOT, big, OpenFlags.READ);
    files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, SmallVolume.name("big"));
    files.sync();
    RamZonedDevice cut = device.snapshot();
    volume.abandon();
    CheckResult result = check(cut);
    assertThat(result.findings()).isEmpty();
    assertThat(result.files()).as("an orphan is still a file").isEqualTo(5);
  }

  @Test
  void aRootWhoseWritePointerMovedAndWhoseBytesDidNotArrive() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    ByteBuffer slot = ByteBuffer.allocate(SmallVolume.SLOT_BYTES);
    new SplittableRandom(5).nextBytes(slot.array());
    device.write(device.report(0, 1).get(0).writePointerBytes(), slot);
    assertThat(check(device).findings()).isEmpty();
  }

  @Test
  void aCheckpointInPairs() throws IOException {
    RamZonedDevice device = SmallVolume.format();
    try (Volume volume = SmallVolume.mount(device, new MemoryMetadataStores())) {
      fill(volume);
    }
    assertThat(check(device).findings()).isEmpty();
  }

  @Test
  void aCheckpointOfRocksDb() throws IOException {
    RamZonedDevice device = SmallVolume.format();
    RocksMetadataStores stores = new RocksMetadataStores(directory.resolve("index"), 1 << 20);
    try (Volume volume = SmallVolume.mount(device, stores)) {
      fill(volume);
    }
    Path scratch = Files.createDirectory(directory.resolve("scratch"));
    CheckResult result =
        VolumeChecker.check(device, true, Scratch.in(scratch), ProgressListener.NONE);
    assertThat(result.findings()).isEmpty();
    assertThat(scratch).as("temporary directories").isEmptyDirectory();
  }

  private static void fill(Volume volume) throws IOException {
    try {
      SmallVolume.fill(volume.fileSystem());
      volume.checkpoint();
      SmallVolume.write(
          volume.fileSystem(), ZoneFileSystem.ROOT_INODE, "later", 0, SmallVolume.bytes(9000, 8));
      volume.checkpoint();
      SmallVolume.write(
          volume.fileSystem(), ZoneFileSystem.ROOT_INODE, "last", 0, SmallVolume.bytes(9000, 8));
    } catch (zonefsj.fs.ErrnoException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  @Test
  void aDriveWithoutAFilesystemIsRefused() {
    RamZonedDevice empty =
        RamZonedDevice.create(EmulatedGeometry.builder(64L << 20).zoneSizeBytes(2 << 20).build());
    assertThatThrownBy(() -> check(empty))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("holds no zonefs-j filesystem");
  }
}

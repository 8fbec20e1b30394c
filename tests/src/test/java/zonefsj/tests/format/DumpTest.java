// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.dump.VolumeDumper;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** A dump shows every structure in words, also what is left of a damaged drive. */
class DumpTest {
  private static String dump(ZonedDevice device) throws IOException {
    FlippingDevice watched = new FlippingDevice(device);
    StringBuilder out = new StringBuilder();
    VolumeDumper.dump(watched, out);
    assertThat(watched.writes()).isZero();
    assertThat(out.toString()).matches("[^\\p{Cntrl}\\n]*(\\n[^\\p{Cntrl}\\n]*)*");
    return out.toString();
  }

  private static RamZonedDevice withCheckpoint() throws IOException {
    RamZonedDevice device = SmallVolume.format();
    try (Volume volume = SmallVolume.mount(device, new MemoryMetadataStores())) {
      SmallVolume.fill(volume.fileSystem());
    } catch (ErrnoException unexpected) {
      throw new AssertionError(unexpected);
    }
    try {
      Volume volume = SmallVolume.mount(device, new MemoryMetadataStores());
      SmallVolume.write(volume.fileSystem(), 1, "later", 0, SmallVolume.bytes(9000, 8));
      volume.fileSystem().sync();
      SmallVolume.write(volume.fileSystem(), 1, "last", 0, SmallVolume.bytes(9000, 9));
      volume.fileSystem().sync();
      volume.abandon();
    } catch (ErrnoException unexpected) {
      throw new AssertionError(unexpected);
    }
    return device;
  }

  @Test
  void everyStructure() throws IOException {
    assertThat(dump(withCheckpoint()))
        .contains("filesystem " + SmallVolume.FILESYSTEM)
        .contains("label \"small\"")
        .contains("format version 1")
        .contains("superblock log in zone 0 (")
        .contains("superblock log in zone 1 (")
        .contains("generation 1, epoch 1, in use, no checkpoint, 1 journal segments")
        .contains("unmounted cleanly, checkpoint at sequence")
        .containsPattern("segment in zone \\d+ from byte \\d+, to where it ends, epoch 3")
        .containsPattern("sequence \\d+, epoch 3, first last \\d+ of \\d+ bytes, flushed up to")
        .containsPattern("changes: meta 2, inodes 2, entries 1, extents \\d+, parents 1")
        .contains("format pairs-1, contains sequence")
        .containsPattern("file pairs, \\d+ bytes, SHA-256 [0-9a-f]{64}")
        .containsPattern("hot: \\d+ chunks of \\d+ pieces, \\d+ bytes, \\d+ of them live")
        .containsPattern("cold: \\d+ chunks of \\d+ pieces, \\d+ bytes, \\d+ of them live")
        .containsPattern("\\d+/1572864 checkpoint\n")
        .contains("sequential-required empty 0/1572864\n");
  }

  @Test
  void whatIsLeftOfADamagedDrive() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    long start = SmallVolume.root(device).segments().get(0).copies().get(0).startBytes();
    assertThat(dump(new FlippingDevice(device).flip(start + 70)))
        .contains("no frame of this segment")
        .contains("the index cannot be rebuilt");
  }

  @Test
  void aDriveWithoutAFilesystemIsRefused() {
    RamZonedDevice empty =
        RamZonedDevice.create(EmulatedGeometry.builder(64L << 20).zoneSizeBytes(2 << 20).build());
    assertThatThrownBy(() -> dump(empty)).isInstanceOf(VolumeFormatException.class);
  }
}

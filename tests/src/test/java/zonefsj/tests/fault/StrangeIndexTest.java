// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;

/** An index that is missing, old, or of something else is never believed. */
class StrangeIndexTest {
  private static final byte[] OLD = FaultyVolume.random(1, 30_000);
  private static final byte[] NEW = FaultyVolume.random(2, 30_000);

  @Test
  void aMissingIndexIsRebuilt() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("file", OLD);
      drive.volume().checkpoint();
      drive.writeDurably("file", NEW);
      drive.crash(true);
      assertThat(drive.read("file")).isEqualTo(NEW);
    }
  }

  @Test
  void anIndexFromBeforeTheJournalIsSetAside() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("file", OLD);
      drive.remount();
      MemoryMetadataStores old = drive.stores.copyOfDurable();
      for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
        drive.writeDurably("file", NEW);
        for (int commit = 0; commit < 60; commit++) {
          drive.writeDurably("filler", FaultyVolume.random(commit, 9_000));
        }
        drive.volume().checkpoint();
      }
      drive.volume().close();
      drive.stores = old;
      drive.remount();
      assertThat(drive.read("file")).isEqualTo(NEW);
      assertThat(old.setAsideReasons()).isNotEmpty();
    }
  }

  @Test
  void anIndexOfATwinIsSetAside() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("file", OLD);
      drive.volume().close();
      // The same filesystem goes on in two places: a copy of the drive lives a life of its own.
      MemoryMetadataStores twinIndex = drive.stores.copyOfDurable();
      try (RamZonedDevice twin = drive.ram.snapshot()) {
        Volume other = FaultyVolume.mounting(new SplittableRandom(77), twinIndex).on(twin);
        other.fileSystem().sync();
        other
            .fileSystem()
            .makeDirectory(zonefsj.fs.Caller.ROOT, 1, new byte[] {'t', 'w', 'i', 'n'}, 0755);
        other.close();
      }
      drive.remount();
      drive.writeDurably("file", NEW);
      drive.volume().close();
      drive.stores = twinIndex;
      drive.remount();
      assertThat(drive.read("file")).isEqualTo(NEW);
      assertThat(drive.exists("twin")).isFalse();
      assertThat(twinIndex.setAsideReasons()).isNotEmpty();
    }
  }

  @Test
  void anIndexOfAnotherFilesystemIsSetAside() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small());
        RamZonedDevice foreign = RamZonedDevice.create(FaultyVolume.small())) {
      drive.writeDurably("file", NEW);
      FaultyVolume.format(foreign, new UUID(9, 9), new SplittableRandom(3));
      MemoryMetadataStores foreignIndex = new MemoryMetadataStores();
      FaultyVolume.mounting(new SplittableRandom(5), foreignIndex).on(foreign).close();
      drive.volume().close();
      drive.stores = foreignIndex;
      drive.remount();
      assertThat(drive.read("file")).isEqualTo(NEW);
      assertThat(foreignIndex.setAsideReasons()).isNotEmpty();
    }
  }
}

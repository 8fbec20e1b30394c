// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.HostTrees;

/**
 * A drive whose checkpoint holds crafted files of RocksDB: the index that the last mount had gives
 * others than its own away when they are stored, so that all else on the drive is right.
 */
final class CraftedRocksDrive {
  private static final UUID FILESYSTEM = new UUID(0xc4af, 8);
  private static final long CACHE_BYTES = 4 << 20;
  private static final int ZONES = 70;

  private final SplittableRandom random;
  private final Path directory;
  private boolean crafting;
  private int indexes;

  private CraftedRocksDrive(SplittableRandom random, Path directory) {
    this.random = random;
    this.directory = directory;
  }

  /** Makes one and lets all who read drives read it; null if all is well. */
  static @Nullable String run(SplittableRandom random) throws IOException, ErrnoException {
    Path directory = Files.createTempDirectory("zonefs-j-crafted-");
    try {
      return new CraftedRocksDrive(random, directory).run();
    } finally {
      HostTrees.delete(directory);
    }
  }

  private @Nullable String run() throws IOException, ErrnoException {
    try (RamZonedDevice drive = RamZonedDevice.create(FaultyVolume.geometry(ZONES))) {
      build(drive);
      return new CraftedCase(drive::snapshot, this::newIndex, "rocksdb-sst-1", random.split())
          .run();
    }
  }

  private MetadataStores newIndex() {
    return new RocksMetadataStores(directory.resolve("index-" + indexes++), CACHE_BYTES);
  }

  private void build(RamZonedDevice drive) throws IOException, ErrnoException {
    FaultyVolume.format(drive, FILESYSTEM, random.split());
    Volume volume = FaultyVolume.mounting(random.split(), new ForgingStores(newIndex())).on(drive);
    FuzzWorkload workload = new FuzzWorkload(random, new FuzzModel(), volume, 0);
    workload.run(30);
    crafting = true;
    if (random.nextBoolean()) {
      volume.close();
    } else {
      volume.checkpoint();
      workload.run(10);
      volume.fileSystem().sync();
      volume.abandon();
    }
  }

  private final class ForgingStores extends DelegatingStores {
    ForgingStores(MetadataStores below) {
      super(below);
    }

    @Override
    protected MetadataStore made(MetadataStore store) {
      return new ForgingStore(store);
    }
  }

  private final class ForgingStore extends DelegatingStore {
    ForgingStore(MetadataStore below) {
      super(below);
    }

    @Override
    public CheckpointContent checkpoint() throws IOException {
      CheckpointContent good = super.checkpoint();
      if (!crafting) {
        return good;
      }
      try (good) {
        return CraftedIndex.of(good).craft(random);
      }
    }
  }
}

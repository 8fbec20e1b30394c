// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.tests.fixture.DriveFormat;

/**
 * However long zones are, and however large or small commits are: the journal keeps the length and
 * the zones that the plan gives it, and what it holds comes back. A run is a seed.
 */
class JournalBoundsTest {
  /** Times its limit that the journal is written. */
  private static final int ROUNDS = 6;

  private static final int MOST_VALUES = 12;

  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final Map<String, byte[]> acknowledged = new HashMap<>();

  private static EmulatedGeometry draw(SplittableRandom random) {
    long size = 64L << (10 + random.nextInt(9));
    int blockBytes = random.nextBoolean() ? 512 : 4096;
    long capacity = size - random.nextLong(size / 3) / blockBytes * blockBytes;
    capacity = Math.max(capacity, 64 << 10);
    int zones = 40 + random.nextInt(size > 1 << 20 ? 20 : 200);
    return EmulatedGeometry.builder(zones * size)
        .zoneSizeBytes(size)
        .zoneCapacityBytes(capacity)
        .blockSizeBytes(blockBytes)
        .maxOpenZones(10)
        .maxActiveZones(12)
        .build();
  }

  private Volume mount(RamZonedDevice drive, SplittableRandom random) throws IOException {
    return FaultyVolume.mounting(random.split(), stores).on(drive);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void theJournalKeepsItsBounds(int seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    RamZonedDevice drive = RamZonedDevice.create(draw(random));
    int copies = 1 + random.nextInt(2);
    new DriveFormat("bounds", new UUID(8, seed), copies)
        .format(drive, FaultyVolume.CLOCK, random.split());
    SpacePlan plan =
        SpacePlan.of(drive.geometry(), drive.report(0, drive.geometry().zoneCount()), copies);
    Volume volume = mount(drive, random);
    long inode = create(volume, "f");
    long before = 0;
    long written = 0;
    long checkpoints = 0;
    for (long commit = 0; written < ROUNDS * plan.journalLimitBytes(); commit++) {
      if (random.nextInt(8) == 0) {
        create(volume, "n" + commit);
      } else {
        change(volume, inode, random, plan.journalLimitBytes());
      }
      volume.fileSystem().sync();
      long length = volume.status().journalBytes();
      written += length > before ? length - before : length;
      before = length;
      assertThat(length)
          .as("seed %d, journal after commit %d", seed, commit)
          .isLessThanOrEqualTo(plan.journalLimitBytes() * 3 / 2);
      assertThat(volume.status().zonesByRole().getOrDefault("journal", 0))
          .as("seed %d, zones of the journal after commit %d", seed, commit)
          .isLessThanOrEqualTo(plan.journalZones());
      if (random.nextInt(200) == 0) {
        checkpoints += volume.status().checkpoints();
        volume.abandon();
        stores.crash();
        volume = mount(drive, random);
      }
    }
    checkpoints += volume.status().checkpoints();
    assertThat(checkpoints).as("seed %d, checkpoints", seed).isGreaterThanOrEqualTo(ROUNDS / 2);
    volume.abandon();
    stores.crash();
    stores.lose();
    try (Volume again = mount(drive, random)) {
      for (Map.Entry<String, byte[]> value : acknowledged.entrySet()) {
        assertThat(again.fileSystem().getXattr(inode, name(value.getKey())))
            .as("seed %d, %s", seed, value.getKey())
            .isEqualTo(value.getValue());
      }
    }
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static long create(Volume volume, String name) throws ErrnoException, IOException {
    return volume
        .fileSystem()
        .makeNode(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(name), 0100644, 0)
        .inode();
  }

  /** One to many values, of one to many bytes: commits of a block up to a sixth of the limit. */
  private void change(Volume volume, long inode, SplittableRandom random, long limitBytes)
      throws ErrnoException, IOException {
    int most = (int) Math.min(60_000, limitBytes / 72);
    int values = 1 + random.nextInt(MOST_VALUES);
    int longest = random.nextInt(3) == 0 ? most : 1 + random.nextInt(most);
    for (int number = 0; number < values; number++) {
      byte[] value = new byte[1 + random.nextInt(longest)];
      random.nextBytes(value);
      String attribute = "user.a" + random.nextInt(MOST_VALUES);
      volume.fileSystem().setXattr(Caller.ROOT, inode, name(attribute), value, XattrMode.ANY);
      acknowledged.put(attribute, value);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** What zones hold is what all records together have put there. */
class SpaceChangesTest {
  private static final int LENGTH = 4096;
  private static final long INODE = 7;

  private final CommitVolume volume = new CommitVolume();

  SpaceChangesTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private static Extent extent(int zone, int length) {
    return Extent.placed(
        0,
        PhysicalExtent.whole(
            zone * CommitVolume.ZONE_BYTES,
            length,
            BlockChecksums.of(ByteBuffer.allocate(length))));
  }

  private void apply(SpaceChanges zones) throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    zones.put(record);
    volume.buffered.apply(record.build(), new AppliedPosition(CommitVolume.FILESYSTEM, 0, 0));
    zones.applied();
  }

  private long liveInIndex(int zone) throws IOException {
    byte[] value = volume.buffered.get(ColumnFamily.ZONES, Keys.zone(zone));
    return value == null ? 0 : ZoneRecord.decode(value).liveBytes();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void memoryAndIndexCountTheExtentsThatAreThere(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Extent> present = new ArrayList<>();
    long[] live = new long[CommitVolume.ZONES];
    for (int step = 0; step < 300; step++) {
      SpaceChanges zones = volume.spaceChanges.begin();
      for (int change = random.nextInt(6); change >= 0; change--) {
        boolean goes = !present.isEmpty() && random.nextBoolean();
        Extent extent =
            goes
                ? present.remove(random.nextInt(present.size()))
                : extent(2 + random.nextInt(6), 1 + random.nextInt(LENGTH));
        zones.count(INODE, extent, goes ? -1 : 1);
        live[volume.zoneOf(extent)] += goes ? -extent.length() : extent.length();
        if (!goes) {
          present.add(extent);
        }
      }
      apply(zones);
      for (int zone = 0; zone < CommitVolume.ZONES; zone++) {
        assertThat(volume.usage.liveBytes(zone))
            .as("zone %d, seed %d", zone, seed)
            .isEqualTo(live[zone])
            .isEqualTo(liveInIndex(zone));
      }
      assertThat(volume.usage.extents()).as("extents, seed %d", seed).isEqualTo(present.size());
      byte[] counted = volume.buffered.get(ColumnFamily.META, Keys.EXTENT_COUNT);
      assertThat(counted == null ? 0 : Keys.number(counted)).isEqualTo(present.size());
    }
  }

  /** A zone is reset when it holds nothing live as of a record that is durable. */
  @Test
  void nothingChangesBeforeTheRecordIsApplied() throws IOException {
    SpaceChanges zones = volume.spaceChanges.begin();
    zones.count(INODE, extent(3, LENGTH), 1);
    zones.put(new BatchRecord.Builder());
    assertThat(volume.usage.liveBytes(3)).isZero();
    assertThat(volume.usage.extents()).isZero();
  }

  @Test
  void anExtentThatComesAndGoesIsNoChangeOfTheCount() throws IOException {
    SpaceChanges zones = volume.spaceChanges.begin();
    zones.count(INODE, extent(3, LENGTH), 1);
    zones.count(INODE, extent(4, LENGTH), -1);
    volume.usage.setLiveBytes(4, LENGTH);
    volume.usage.setExtents(9);
    apply(zones);
    assertThat(volume.buffered.get(ColumnFamily.META, Keys.EXTENT_COUNT)).isNull();
    assertThat(volume.usage.extents()).isEqualTo(9);
    assertThat(volume.buffered.get(ColumnFamily.ZONES, Keys.zone(4))).isNull();
  }

  /** Others have their changes in the same record, and files may need the zone. */
  @Test
  void aZoneWhoseCountIsWrongCountsAsFull() throws IOException {
    int low = writtenZone();
    int high = writtenZone();
    int right = writtenZone();
    volume.usage.setLiveBytes(high, CommitVolume.ZONE_BYTES);
    SpaceChanges zones = volume.spaceChanges.begin();
    zones.count(INODE, extent(right, LENGTH), 1);
    zones.count(INODE, extent(low, LENGTH), -1);
    zones.count(INODE, extent(high, LENGTH), 1);
    apply(zones);
    assertThat(liveInIndex(right)).isEqualTo(LENGTH);
    for (int zone : List.of(low, high)) {
      assertThat(volume.usage.liveBytes(zone)).isEqualTo(CommitVolume.ZONE_BYTES);
      assertThat(liveInIndex(zone)).isEqualTo(CommitVolume.ZONE_BYTES);
      assertThat(volume.usage.isReclaimable(zone)).isFalse();
    }
    assertThat(volume.health.errors()).hasSize(2).allMatch(line -> line.contains("fsck --repair"));
    assertThat(volume.health.isReadOnly()).isFalse();
  }

  private int writtenZone() throws IOException {
    try (ZoneHandle handle = volume.allocator.allocate(ZoneStream.COLD).orElseThrow()) {
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      return handle.zone();
    }
  }

  /** No mount would accept a record of the live bytes of such a zone. */
  @Test
  void whatIsClaimedInAZoneWithoutFileDataIsNotCounted() throws IOException {
    volume.allocator.assign(4, ZoneStream.JOURNAL);
    SpaceChanges zones = volume.spaceChanges.begin();
    zones.count(INODE, extent(4, LENGTH), -1);
    zones.count(INODE, extent(5, LENGTH), -1);
    apply(zones);
    for (int zone = 4; zone <= 5; zone++) {
      assertThat(volume.usage.liveBytes(zone)).isZero();
      assertThat(volume.buffered.get(ColumnFamily.ZONES, Keys.zone(zone))).isNull();
    }
    assertThat(volume.health.errors()).hasSize(2);
  }

  /** Its record must not name a zone that is none, or no mount could read it. */
  @Test
  void anExtentThatLiesOnNoDriveIsCountedNowhere() throws IOException {
    SpaceChanges zones = volume.spaceChanges.begin();
    zones.count(INODE, extent(CommitVolume.ZONES, LENGTH), 1);
    zones.count(INODE, Extent.lost(0, LENGTH), 1);
    BatchRecord.Builder record = new BatchRecord.Builder();
    zones.put(record);
    assertThat(record.changes()).isZero();
  }

  @Test
  void stagedDataWaitForAZoneAndTinyFilesDoNot() throws IOException {
    long free = volume.space.freeBytes();
    SpaceChanges come = volume.spaceChanges.begin();
    come.count(INODE, Extent.inline(0, new byte[1024]), 1);
    come.count(INODE, Extent.inline(0, new byte[1025]), 1);
    come.count(INODE, Extent.inline(4096, new byte[10]), 1);
    apply(come);
    assertThat(volume.space.freeBytes()).isEqualTo(free - 1025 - 10);
    SpaceChanges go = volume.spaceChanges.begin();
    go.count(INODE, Extent.inline(0, new byte[1025]), -1);
    go.count(INODE, Extent.inline(4096, new byte[10]), -1);
    apply(go);
    assertThat(volume.space.freeBytes()).isEqualTo(free);
  }
}

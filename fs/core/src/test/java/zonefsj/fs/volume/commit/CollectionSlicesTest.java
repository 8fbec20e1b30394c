// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.VolumeOptions.GcPolicy;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.reclaim.CollectionInBackground;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.gc.ExtentOwner.RelocationRun;

/** A step of the collector is bounded, however many extents there are, and whatever they hold. */
class CollectionSlicesTest {
  private static final long ZONE_BYTES = 8 << 20;
  private static final int BYTES = 1 << 20;
  private static final int CUT_BYTES = 8;
  private static final int CUTS = 120_000;
  private static final int LIVE_CUTS = 40_000;

  /** A step examines so many extents, and a few more for what it commits. */
  private static final int MOST_VISITS = 55_000;

  private static final int MOST_STEPS = 1000;

  /** The victims are mostly dead, so they are collected when no application writes. */
  private static final GcOptions WHEN_IDLE =
      new GcOptions(
          GcPolicy.AUTO, GcOptions.AUTOMATIC, GcOptions.AUTOMATIC, 0, 0, Duration.ofMillis(1));

  private final CommitVolume volume = new CommitVolume(16 << 20, 1 << 20, ZONE_BYTES);
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final CollectionInBackground inBackground =
      new CollectionInBackground(
          volume.collector(commits, WHEN_IDLE), volume.health, volume.applicationReads::get);

  CollectionSlicesTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private Extent written(long inode) throws IOException {
    volume.write(inode, 0, BYTES);
    commits.committer().commit();
    return volume.extents(inode).get(0);
  }

  /** Puts extents into the index that are parts of one, at once. */
  private void cut(long inode, Extent whole, int cuts) throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    SpaceChanges zones = volume.spaceChanges.begin();
    for (Extent old : volume.extents(inode)) {
      record.put(ColumnFamily.EXTENTS, Keys.extent(inode, old.end()), null);
      zones.count(inode, old, -1);
    }
    PhysicalExtent place = Objects.requireNonNull(whole.placed(), "in a zone");
    for (int cut = 0; cut < cuts; cut++) {
      int from = cut * CUT_BYTES;
      Extent part = Extent.placed(from, place.slice(from, CUT_BYTES));
      record.put(ColumnFamily.EXTENTS, Keys.extent(inode, part.end()), part.encode());
      zones.count(inode, part, 1);
    }
    zones.put(record);
    volume.buffered.apply(record.build(), volume.buffered.mark().orElseThrow());
    zones.applied();
  }

  /** Collects until there is nothing to do, or the zone is empty; returns all visits. */
  private int collect(int zone) throws IOException {
    int sum = 0;
    volume.elapsedMillis += 1000;
    boolean hasMore = true;
    for (int step = 0; hasMore && volume.usage.liveBytes(zone) > 0; step++) {
      assertThat(step).as("steps").isLessThan(MOST_STEPS);
      volume.index.visits = 0;
      long before = volume.log.commits();
      hasMore = inBackground.doWork();
      assertThat(volume.index.visits).as("visits of a step").isLessThan(MOST_VISITS);
      assertThat(volume.log.commits() - before).as("commits of a step").isLessThan(2);
      sum += volume.index.visits;
    }
    return sum;
  }

  @Test
  void aSearchOfAllExtentsTakesManySteps() throws IOException {
    int victim = volume.zoneOf(written(5));
    volume.chunks.fillShortZones(ZONE_BYTES);
    cut(6, written(6), CUTS);
    volume.usage.setLiveBytes(victim, volume.usage.liveBytes(victim) + 100);
    assertThat(collect(victim)).as("visits of all steps").isGreaterThanOrEqualTo(CUTS);
  }

  @Test
  void aRunThatWasOverwrittenInBitsTakesManySteps() throws IOException {
    int victim = volume.zoneOf(written(5));
    written(7);
    volume.chunks.fillShortZones(ZONE_BYTES);
    cut(5, written(6), CUTS);
    assertThat(collect(victim)).as("visits of all steps").isGreaterThanOrEqualTo(CUTS);
    assertThat(volume.usage.liveBytes(victim)).isZero();
  }

  @Test
  void aRunOfShortLiveExtentsTakesManySteps() throws IOException {
    Extent whole = written(5);
    int victim = volume.zoneOf(whole);
    volume.chunks.fillShortZones(ZONE_BYTES);
    cut(5, whole, LIVE_CUTS);
    collect(victim);
    assertThat(volume.usage.liveBytes(victim)).isZero();
    List<Extent> moved = volume.extents(5);
    assertThat(moved).hasSize(LIVE_CUTS);
    assertThat(moved).noneMatch(extent -> volume.zoneOf(extent) == victim);
  }

  /** A search goes on behind what it has examined, and commits cut extents before and behind. */
  @Test
  void whatCommitsChangeBetweenTwoSlicesIsFound() throws IOException {
    int victim = volume.zoneOf(written(3));
    written(5);
    Extent cutLive = written(4);
    volume.chunks.fillShortZones(ZONE_BYTES);
    Extent elsewhere = written(6);
    cut(4, elsewhere, CUTS / 2);
    addBehind(4, cutLive, CUTS / 2 * CUT_BYTES);
    Relocator relocator = volume.relocator(commits);
    RelocationRun run = relocator.relocateByScan(zone -> zone == victim);
    run.moveSome();
    assertThat(run.hasMore()).as("it is not at the end").isTrue();
    overwrite(3, 100_000, 1_000);
    overwrite(3, 0, 10);
    overwrite(4, CUTS / 2 * CUT_BYTES - 50, 100);
    overwrite(4, CUTS / 2 * CUT_BYTES + 3_000, 1_000);
    overwrite(5, 0, 1);
    overwrite(5, 500_000, 10_000);
    int slices = 1;
    for (; run.hasMore(); slices++) {
      run.moveSome();
    }
    relocator.commitRelocations();
    assertThat(slices).isGreaterThan(1);
    assertThat(volume.usage.liveBytes(victim)).isZero();
    for (long inode : new long[] {3, 5}) {
      assertThat(volume.extents(inode).stream().mapToInt(Extent::length).sum()).isEqualTo(BYTES);
    }
  }

  private void overwrite(long inode, long offset, int length) throws IOException {
    volume.write(inode, offset, length);
    commits.committer().commit();
  }

  /** Adds the rest of an extent to a file that ends where the rest begins. */
  private void addBehind(long inode, Extent whole, int from) throws IOException {
    PhysicalExtent place = Objects.requireNonNull(whole.placed(), "in a zone");
    Extent rest = Extent.placed(from, place.slice(from, whole.length() - from));
    BatchRecord.Builder record = new BatchRecord.Builder();
    SpaceChanges zones = volume.spaceChanges.begin();
    record.put(ColumnFamily.EXTENTS, Keys.extent(inode, rest.end()), rest.encode());
    zones.count(inode, rest, 1);
    zones.put(record);
    volume.buffered.apply(record.build(), volume.buffered.mark().orElseThrow());
    zones.applied();
  }
}

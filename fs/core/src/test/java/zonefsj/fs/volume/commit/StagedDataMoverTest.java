// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;

/** Data that came with their journal record go to zones before a checkpoint, each once. */
class StagedDataMoverTest {
  private static final int LENGTH = 3_000;

  private static final long DIRTY_BYTES = 64 << 10;

  private final CommitVolume volume = new CommitVolume(DIRTY_BYTES);
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final Committer committer = commits.committer();
  private final StagedDataMover mover =
      new StagedDataMover(volume.metadata, volume.memory, volume.space, 1 << 20);

  StagedDataMoverTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private void stage(long inode, long offset) throws IOException {
    volume.write(inode, offset, LENGTH);
    committer.commit();
    assertThat(volume.extents(inode)).allSatisfy(extent -> assertThat(extent.inline()).isNotNull());
  }

  private int moveAll() throws IOException {
    int batches = 0;
    while (mover.moveSome()) {
      volume.log.runExclusively(commits.batches()::commitToZones);
      batches++;
    }
    return batches;
  }

  private void assertThatAllIsInZones(long inode) throws IOException {
    assertThat(volume.extents(inode))
        .isNotEmpty()
        .allSatisfy(extent -> assertThat(extent.placed()).isNotNull());
  }

  @Test
  void allStagedDataGoToZones() throws IOException {
    for (int inode = 10; inode < 20; inode++) {
      stage(inode, 0);
      stage(inode, 10 * LENGTH);
    }
    assertThat(StagedDataMover.bytesIn(volume.buffered)).isEqualTo(20L * LENGTH);
    long free = volume.space.freeBytes();
    assertThat(moveAll()).isPositive();
    for (int inode = 10; inode < 20; inode++) {
      assertThatAllIsInZones(inode);
    }
    assertThat(volume.keys(ColumnFamily.STAGED)).isZero();
    assertThat(StagedDataMover.bytesIn(volume.buffered)).isZero();
    assertThat(volume.space.reservedBytes()).isZero();
    assertThat(volume.space.freeBytes()).as("but for 64 bytes a piece").isEqualTo(free - 20 * 64);
    assertThat(moveAll()).as("a second pass").isZero();
  }

  /** Whatever the number of files, no more is in memory than a quarter of what may be. */
  @Test
  void oneCallTakesABoundedPartOfTheMemory() throws IOException {
    int files = 0;
    while (StagedDataMover.bytesIn(volume.buffered) < DIRTY_BYTES / 2) {
      stage(++files, 4096);
    }
    long most = DIRTY_BYTES / 4 + volume.memory.pendingBytesOf(LENGTH);
    int batches = 0;
    while (mover.moveSome()) {
      batches++;
      assertThat(volume.memory.usedBytes()).isBetween(1L, most);
      volume.log.runExclusively(commits.batches()::commitToZones);
    }
    assertThat(batches).isGreaterThan(1);
    assertThat(volume.keys(ColumnFamily.STAGED)).isZero();
  }

  /** What an application has written meanwhile is newer than what is staged. */
  @Test
  void whatIsAboutToBeReplacedIsLeftAlone() throws IOException {
    stage(5, 4096);
    stage(6, 4096);
    volume.write(5, 5_000, 10);
    assertThat(mover.moveSome()).isTrue();
    assertThat(volume.gate.layers().open().file(5).dataBytes()).isEqualTo(10);
    assertThat(volume.gate.layers().open().file(6).dataBytes()).isEqualTo(LENGTH);
    assertThat(mover.moveSome()).as("the end of the pass").isFalse();
    volume.log.runExclusively(commits.batches()::commitToZones);
    assertThatAllIsInZones(6);
    assertThat(volume.extents(5).stream().mapToInt(Extent::length).sum()).isEqualTo(LENGTH);
    assertThat(moveAll()).isPositive();
    assertThatAllIsInZones(5);
    assertThat(volume.extents(5).stream().mapToInt(Extent::length).sum()).isEqualTo(LENGTH);
  }

  @Test
  void aDeletedFileIsLeftAlone() throws IOException {
    stage(5, 0);
    volume.gate.enter().file(5).delete(volume.memory);
    volume.gate.exit();
    assertThat(mover.moveSome()).isFalse();
    volume.log.runExclusively(commits.batches()::commitToZones);
    assertThat(volume.keys(ColumnFamily.STAGED)).isZero();
    assertThat(volume.extents(5)).isEmpty();
  }

  @Test
  void withoutRoomTheyStay() throws IOException {
    stage(5, 0);
    volume.takeAllZones(false);
    assertThat(mover.moveSome()).isFalse();
    assertThat(volume.gate.layers().open().isEmpty()).isTrue();
    while (volume.giveZoneBack()) {
      assertThat(volume.allocator.freeZones()).isPositive();
    }
    assertThat(moveAll()).isPositive();
    assertThatAllIsInZones(5);
  }

  @Test
  void nothingIsMovedOverASealedBatch() throws IOException {
    stage(5, 0);
    volume.put(6, 1);
    volume.gate.<Integer>seal(() -> 0);
    assertThatThrownBy(mover::moveSome).isInstanceOf(IllegalStateException.class);
  }

  /** An index without bytes that it should have is damaged: no checkpoint may make that its own. */
  @Test
  void stagedDataThatAreNotThereAreDamage() throws IOException {
    stage(5, 0);
    volume.gate.enter().delete(ColumnFamily.EXTENTS, Keys.extent(5, LENGTH));
    volume.gate.exit();
    committer.commit();
    assertThatThrownBy(mover::moveSome).isInstanceOf(IOException.class);
    assertThat(StagedDataMover.bytesIn(volume.buffered)).isZero();
  }

  @Test
  void theBytesAreTheSame() throws IOException {
    stage(5, 100);
    List<Extent> before = volume.extents(5);
    assertThat(mover.moveSome()).isTrue();
    assertThat(CommitVolume.run(volume.gate.layers().open(), 5).bytes())
        .isEqualTo(CommitVolume.content(5, 100, LENGTH));
    volume.log.runExclusively(commits.batches()::commitToZones);
    assertThat(volume.extents(5)).hasSize(1);
    assertThat(volume.extents(5).get(0).end()).isEqualTo(before.get(0).end());
  }
}

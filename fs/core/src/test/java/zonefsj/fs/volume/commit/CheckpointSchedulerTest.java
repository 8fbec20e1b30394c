// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.HostException;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.commit.CheckpointWriter.Keeping;
import zonefsj.fs.volume.commit.CheckpointWriter.NoZoneForCheckpointException;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.JournalPosition;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneStream;

/** When a checkpoint is taken, and what is left of one that finds no zone. */
@Timeout(60)
class CheckpointSchedulerTest {
  private static final int RECORD_BYTES = 60_000;

  private final CommitVolume volume = new CommitVolume();
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final Committer committer = commits.committer();
  private final CheckpointScheduler scheduler = commits.checkpoints();
  private final CheckpointWriter writer = volume.checkpointer;
  private final SplittableRandom random = new SplittableRandom(7);
  private long names;

  CheckpointSchedulerTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  /** One record that makes the index longer, by bytes that no compression makes fewer. */
  private void commitRecord() throws IOException {
    names++;
    commitRecordAgain();
  }

  /** One record that replaces the last one in the index. */
  private void commitRecordAgain() throws IOException {
    byte[] value = new byte[RECORD_BYTES];
    random.nextBytes(value);
    volume.gate.enter().put(ColumnFamily.INODES, Keys.inode(100 + names), value);
    volume.gate.exit();
    committer.commit();
  }

  @Test
  void aLongJournalIsShortenedByACheckpoint() throws IOException {
    while (volume.journal.lengthBytes() + 2 * RECORD_BYTES < volume.plan.journalLimitBytes()) {
      commitRecord();
    }
    assertThat(writer.checkpoints()).isZero();
    commitRecord();
    commitRecord();
    assertThat(writer.checkpoints()).isEqualTo(1);
    assertThat(volume.journal.lengthBytes())
        .as("a segment that finds no room for another in its zone stays")
        .isLessThan(Math.min(volume.plan.journalLimitBytes(), CommitVolume.ZONE_BYTES));
    assertThat(volume.health.errors()).isEmpty();
  }

  @Test
  void anImageThatTheDriveLostIsStoredAgain() throws IOException {
    for (int nth = 1; nth <= 8; nth++) {
      commitRecord();
      volume.faults.on(DeviceOperation.WRITE, nth, new Fault.LoseTail(1000));
      scheduler.take();
      volume.faults.clear();
      assertThat(writer.checkpoints()).isEqualTo(nth);
      for (CheckpointManifest.Part part : writer.parts()) {
        ByteBuffer frame = ByteBuffer.allocate(FrameHeader.frameBytes(part.payloadBytes(), 4096));
        volume.device.read(part.position(), frame);
        assertThat(FrameHeader.crc(frame.slice(FrameHeader.BYTES, part.payloadBytes())))
            .as("part at %d, after write %d failed", part.position(), nth)
            .isEqualTo(part.crc());
      }
    }
    assertThat(volume.health.isReadOnly()).isFalse();
  }

  /** The drive has it, and stores it again because its zone is given up. */
  @Test
  void aStoredFileThatTheHostDamagedComesFromTheDrive() throws IOException {
    commitRecord();
    scheduler.take();
    List<CheckpointManifest.Part> before = writer.parts();
    volume.index.filesAreDamaged = true;
    before.forEach(part -> writer.distrust(volume.device.geometry().zoneOf(part.position())));
    scheduler.take();
    assertThat(writer.checkpoints()).isEqualTo(2);
    assertThat(writer.parts()).isNotEmpty().doesNotContainAnyElementsOf(before);
    assertThat(volume.health.isReadOnly()).isFalse();
    assertThat(volume.health.errors())
        .anySatisfy(error -> assertThat(error).contains("from the checkpoint on the drive"));
  }

  /** It is in no checkpoint yet. */
  @Test
  void aNewFileThatTheHostDamagedFailsTheCheckpoint() throws IOException {
    commitRecord();
    volume.index.filesAreDamaged = true;
    assertThatThrownBy(scheduler::take).hasMessageContaining("the index is damaged");
    assertThat(writer.checkpoints()).isZero();
  }

  /** What it waits for needs the commit lock itself. */
  @Test
  void aCommitWaitsForAnImageWhileTheJournalIsFarTooLong() throws Exception {
    CountDownLatch imageBegins = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    volume.beforeWrite =
        zone -> {
          if (volume.allocator.state(zone).stream() == ZoneStream.CHECKPOINT) {
            imageBegins.countDown();
            await(goOn);
          }
        };
    scheduler.takeInBackground(() -> {});
    long limit = volume.plan.journalLimitBytes();
    while (volume.journal.lengthBytes() <= limit) {
      commitRecordAgain();
    }
    TestThread image = new TestThread("image", scheduler::takeIfDue);
    TestThread late;
    try {
      await(imageBegins);
      while (volume.journal.lengthBytes() <= limit + limit / 4) {
        commitRecordAgain();
      }
      late = new TestThread("late", this::commitRecordAgain);
      late.awaitWaiting();
      assertThatTheLockIsFree();
      assertThat(writer.checkpoints()).isZero();
    } finally {
      goOn.countDown();
    }
    image.finish();
    late.finish();
    assertThat(writer.checkpoints()).isEqualTo(1);
    assertThat(volume.journal.lengthBytes()).isLessThan(limit);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** The thread that takes it needs the commit lock. */
  @Test
  void aCommitAsksForACheckpointOutsideTheCommitLock() throws IOException {
    List<String> order = new ArrayList<>();
    scheduler.takeInBackground(
        () -> {
          assertThatTheLockIsFree();
          order.add("asked after " + volume.log.commits());
        });
    while (order.isEmpty()) {
      commitRecord();
    }
    assertThat(order).containsExactly("asked after " + names);
    assertThat(writer.checkpoints()).as("nobody answered").isZero();
    scheduler.takeIfDue();
    assertThat(writer.checkpoints()).isEqualTo(1);
  }

  /** Each kind grows the journal, and while applications are quiet there is no other. */
  @Test
  void everyKindOfCommitAsksForACheckpoint() throws IOException {
    while (volume.journal.lengthBytes() <= volume.plan.journalLimitBytes()) {
      commitRecordAgain();
      scheduler.takeInBackground(() -> {});
    }
    int[] asked = {0};
    scheduler.takeInBackground(() -> asked[0]++);
    commitRecordAgain();
    assertThat(asked[0]).isEqualTo(1);
    commits.relocations().relocate(List.of());
    assertThat(asked[0]).isEqualTo(2);
    volume.lost.listGivenUp(7, 0, 4096, 1);
    commits.lostData().saveIfDue();
    assertThat(asked[0]).isEqualTo(3);
    volume.lost.listGivenUp(8, 0, 4096, 1);
    commits.lostData().save();
    assertThat(asked[0]).isEqualTo(4);
  }

  private void assertThatTheLockIsFree() {
    TestThread other = new TestThread("other", () -> volume.log.runExclusively(() -> {}));
    try {
      other.finish();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  private void makeImagesOfTwoZones() throws IOException {
    while (names * RECORD_BYTES < CommitVolume.ZONE_BYTES) {
      commitRecord();
    }
  }

  private void setShare(int zones) {
    volume.allocator.setReserves(volume.plan.collectorZones(), volume.plan.journalZones(), zones);
  }

  /** Else each try would need more zones than the one before. */
  @Test
  void anImageThatFindsTooFewZonesGivesThemBack() throws IOException {
    makeImagesOfTwoZones();
    int free = volume.allocator.freeZones();
    setShare(4 - volume.plan.collectorZones());
    assertThatThrownBy(() -> writer.store(Keeping.USUAL))
        .isInstanceOf(NoZoneForCheckpointException.class);
    assertThat(volume.allocator.checkpointZones()).isZero();
    assertThat(volume.allocator.freeZones()).isEqualTo(free);
  }

  /** They come back with the previous image. The collector keeps one, to free others. */
  @Test
  void anImageBeyondItsShareTakesZonesOfTheCollector() throws IOException {
    makeImagesOfTwoZones();
    setShare(5 - volume.plan.collectorZones());
    int free = volume.allocator.freeDataZones();
    writer.store(Keeping.USUAL);
    assertThat(volume.allocator.checkpointZones()).isEqualTo(4);
    assertThat(volume.allocator.freeDataZones()).as("nobody else pays").isEqualTo(free);
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isPresent();
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isEmpty();
  }

  /** They come back with the zones of the image before, which it keeps nothing of. */
  @Test
  void anImageTakesTheLastZonesOfTheCollectorIfItGivesThemBack() throws IOException {
    setShare(2);
    volume.takeAllZones(false);
    commitRecord();
    commitRecord();
    writer.install(writer.store(Keeping.USUAL), 0, volume.log::flush);
    assertThat(volume.allocator.checkpointZones()).isEqualTo(2);
    int free = volume.allocator.freeDataZones();
    commitRecord();
    // The zones that the copies have begun have no room for all of it.
    assertThatThrownBy(() -> writer.store(Keeping.USUAL))
        .isInstanceOf(NoZoneForCheckpointException.class);
    writer.install(writer.store(Keeping.NOTHING), 0, volume.log::flush);
    writer.resetUnused();
    assertThat(volume.allocator.checkpointZones()).isEqualTo(2);
    assertThat(volume.allocator.freeDataZones()).as("nobody else pays").isEqualTo(free);
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isPresent();
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isPresent();
  }

  /** Its zones would not come back if it failed. */
  @Test
  void anImageTakesNoZonesOfTheCollectorWhileTheNewestIsUnknown() throws IOException {
    makeImagesOfTwoZones();
    SuperblockEntry entry = volume.superblockLog.current();
    CheckpointWriter unknowing =
        volume.checkpointer(
            volume.superblockLog(
                entry.withCheckpoint(
                    new SuperblockEntry.CheckpointRef(List.of(0L, 0L), 0, JournalPosition.START),
                    entry.segments())));
    setShare(5 - volume.plan.collectorZones());
    assertThatThrownBy(() -> unknowing.store(Keeping.USUAL))
        .isInstanceOf(NoZoneForCheckpointException.class);
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isPresent();
    assertThat(volume.allocator.allocate(ZoneStream.GC)).isPresent();
    unknowing.close();
  }

  private void deleteName(long name) {
    volume.gate.enter().delete(ColumnFamily.INODES, Keys.inode(name));
    volume.gate.exit();
  }

  private void assertCompacted(boolean expected) throws IOException {
    int before = volume.index.compactions;
    committer.commitAndShrinkIndex();
    assertThat(volume.index.compactions > before).as("compacted").isEqualTo(expected);
  }

  /** Each refused writer asks for it, and a long index takes long to compact. */
  @Test
  void anIndexThatIsShortAlreadyIsNotCompactedAgain() throws IOException {
    volume.takeAllZones(false);
    commitRecord();
    assertCompacted(true);
    assertCompacted(false);
    assertCompacted(false);
    deleteName(100 + names);
    assertCompacted(false);
    volume.elapsedMillis += 6_000;
    deleteName(101 + names);
    assertCompacted(false);
    for (int name = 0; name < 2_000; name++) {
      deleteName(1_000 + name);
    }
    assertCompacted(true);
  }

  /** It gains something each time, but it must not be all that the drive does. */
  @Test
  void anIndexIsNotCompactedAllTheTime() throws IOException {
    volume.takeAllZones(false);
    commitRecord();
    volume.index.compactionMillis = 2_000;
    assertCompacted(true);
    for (int name = 0; name < 2_000; name++) {
      deleteName(1_000 + name);
    }
    volume.elapsedMillis += 19_999;
    assertCompacted(false);
    volume.elapsedMillis++;
    assertCompacted(true);
  }

  private boolean isImageTakenForARefusedWriter() throws IOException {
    commitRecordAgain();
    long before = writer.checkpoints();
    committer.commitAndShrinkIndex();
    return writer.checkpoints() > before;
  }

  /** A copy that goes on after ENOSPC has a refused writer for each file. */
  @Test
  void imagesForRefusedWritersRest() throws IOException {
    volume.takeAllZones(false);
    commitRecord();
    assertCompacted(true);
    volume.index.imageMillis = 1000;
    assertThat(isImageTakenForARefusedWriter()).as("long after the last").isTrue();
    assertThat(isImageTakenForARefusedWriter()).isFalse();
    volume.elapsedMillis += 2000;
    assertThat(isImageTakenForARefusedWriter()).isFalse();
    deleteName(5000);
    assertThat(isImageTakenForARefusedWriter()).as("something was deleted").isTrue();
    volume.elapsedMillis += 20_000;
    assertThat(isImageTakenForARefusedWriter()).as("it has rested").isTrue();
  }

  /** Another one follows a compaction, which would otherwise hold up commits for longer. */
  private int compactionsOfAnImage() throws IOException {
    volume.elapsedMillis += 60_000;
    int before = volume.index.compactions;
    long images = writer.checkpoints();
    scheduler.take();
    int compactions = volume.index.compactions - before;
    assertThat(writer.checkpoints()).isEqualTo(images + 1 + compactions);
    return compactions;
  }

  /** A compaction writes all of the index, and the image then all of it again. */
  @Test
  void anIndexBeyondItsPlanIsCompactedOnlyIfThatShortensIt() throws IOException {
    while (!volume.space.reserves().isLarge(volume.buffered.imageBytes())) {
      commitRecord();
    }
    assertThat(compactionsOfAnImage()).as("it is compact").isZero();
    volume.index.garbageBytes = volume.buffered.imageBytes() / 3;
    assertThat(compactionsOfAnImage()).isEqualTo(1);
    long compact = volume.buffered.imageBytes();
    commitRecord();
    assertThat(compactionsOfAnImage()).as("little changed").isZero();
    int compactions = volume.index.compactions;
    while (volume.buffered.imageBytes() < compact * 5 / 4) {
      commitRecord();
    }
    assertThat(volume.index.compactions).as("it grows").isEqualTo(compactions);
    assertThat(compactionsOfAnImage()).as("it has grown by a quarter").isEqualTo(1);
  }

  /** Its image must fit, and what replaced older values may be most of it. */
  @Test
  void itIsCompactedWhileTheJournalIsTooLong() throws IOException {
    fillUntilNoImageFits();
    committer.commitAndShrinkIndex();
    int compactions = volume.index.compactions;
    committer.commitAndShrinkIndex();
    assertThat(volume.index.compactions).isGreaterThan(compactions);
  }

  @Test
  void itIsTriedAgainAsSoonAsItsShareHasGrown() throws IOException {
    fillUntilNoImageFits();
    long before = writer.checkpoints();
    scheduler.take();
    commitRecordAgain();
    assertThat(writer.checkpoints()).as("there are too few zones").isEqualTo(before);
    while (volume.space.reserves().missingZones() > 0) {
      assertThat(volume.giveZoneBack()).as(volume.space.describe()).isTrue();
      volume.space.reserves().adjust();
    }
    commitRecordAgain();
    assertThat(writer.checkpoints()).isEqualTo(before + 1);
  }

  /** The try that failed has made the share larger. */
  @Test
  void itIsTriedAgainAsSoonAsItFindsMoreZones() throws IOException {
    makeImagesOfTwoZones();
    long before = writer.checkpoints();
    setShare(0);
    while (volume.journal.lengthBytes() <= volume.plan.journalLimitBytes()) {
      commitRecordAgain();
    }
    assertThat(writer.checkpoints()).as("there are too few zones").isEqualTo(before);
    assertThat(volume.space.reserves().missingZones()).as("now they are there").isZero();
    commitRecordAgain();
    assertThat(writer.checkpoints()).isEqualTo(before + 1);
  }

  /** Else an image that takes long, and fails, is all that the drive does. */
  @Test
  void aTryThatFailedIsFollowedByARestAsLongAsItTook() throws IOException {
    commitRecord();
    volume.index.hostIsFull = true;
    volume.index.imageMillis = 20_000;
    assertThatThrownBy(scheduler::take).isInstanceOf(HostException.class);
    assertThat(scheduler.isRetryDue()).as("at its end").isFalse();
    volume.elapsedMillis += 19_999;
    assertThat(scheduler.isRetryDue()).isFalse();
    volume.elapsedMillis++;
    assertThat(scheduler.isRetryDue()).isTrue();
    volume.index.imageMillis = 10;
    assertThatThrownBy(scheduler::takeIfDue).isInstanceOf(HostException.class);
    volume.elapsedMillis += 4_999;
    assertThat(scheduler.isRetryDue()).as("the least rest").isFalse();
    volume.elapsedMillis++;
    volume.index.hostIsFull = false;
    scheduler.takeIfDue();
    assertThat(writer.checkpoints()).isEqualTo(1);
    assertThat(scheduler.isRetryDue()).isFalse();
  }

  /** A superblock entry names a limited number, and without one no record can be written. */
  @Test
  void triesThatTheHostFailsDoNotEachBeginASegment() throws IOException {
    commitRecord();
    volume.index.hostIsFull = true;
    volume.lacksJournalCopy = true;
    for (int tries = 0; tries < 3 * SuperblockEntry.MAX_SEGMENTS; tries++) {
      assertThatThrownBy(scheduler::take).isInstanceOf(HostException.class);
    }
    assertThat(volume.journal.segments()).hasSizeLessThan(SuperblockEntry.MAX_SEGMENTS + 3);
    volume.lacksJournalCopy = false;
    volume.index.hostIsFull = false;
    scheduler.take();
    assertThat(writer.checkpoints()).isEqualTo(1);
    assertThat(volume.journal.segments()).hasSizeLessThan(3);
  }

  /** A thread that commits meanwhile must neither wait for it nor ask for another one. */
  @Test
  void noneIsDueWhileOneIsTried() throws Exception {
    commitRecord();
    volume.index.hostIsFull = true;
    assertThatThrownBy(scheduler::take).isInstanceOf(HostException.class);
    volume.elapsedMillis += 5_000;
    assertThat(scheduler.isRetryDue()).isTrue();
    volume.index.hostIsFull = false;
    volume.beforeWrite =
        zone -> {
          volume.elapsedMillis += 60_000;
          assertThat(scheduler.isRetryDue()).isFalse();
        };
    scheduler.takeIfDue();
    assertThat(writer.checkpoints()).isEqualTo(1);
  }

  /** No zone is free but those of the shares, and the journal is long. */
  private void fillUntilNoImageFits() throws IOException {
    volume.takeAllZones(false);
    while (names * RECORD_BYTES * 2 <= volume.plan.checkpointZones() * CommitVolume.ZONE_BYTES) {
      commitRecord();
    }
    while (volume.journal.lengthBytes() <= volume.plan.journalLimitBytes()) {
      commitRecordAgain();
    }
  }
}

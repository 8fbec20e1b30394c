// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.state.StreamChooser;
import zonefsj.zonemgr.ZoneStream;

/** Data of the open batch go to zones when memory is short, and nothing else happens. */
class EarlyPlacementTest {
  private static final long LIMIT_BYTES = 12 << 20;
  private static final int PIECE_BYTES = 64 << 10;

  /** More than three quarters of the limit, and more than two slices. */
  private static final int PIECES = 160;

  private final CommitVolume volume = new CommitVolume(LIMIT_BYTES, LIMIT_BYTES, 4 << 20);
  private final EarlyPlacement early =
      new EarlyPlacement(
          volume.gate,
          volume.metadata.locks(),
          volume.memory,
          volume.pieces,
          volume.space,
          volume.health);

  EarlyPlacementTest() throws IOException {}

  @AfterEach
  void close() throws Exception {
    volume.close();
  }

  private void write(long inode, int pieces) {
    for (int piece = 0; piece < pieces; piece++) {
      volume.write(inode, (2L * piece + 1) * PIECE_BYTES, PIECE_BYTES);
    }
  }

  private static long count(Batch batch, boolean placed) {
    return batch.files().values().stream()
        .flatMap(delta -> delta.intervals().stream())
        .map(Interval::buffer)
        .filter(buffer -> buffer != null && buffer.isPlaced() == placed)
        .count();
  }

  private ByteBuffer read(Extent extent) throws IOException {
    PhysicalExtent placed = Objects.requireNonNull(extent.placed());
    ByteBuffer bytes = ByteBuffer.allocate(placed.lengthBytes());
    new VerifiedReader(volume.device).read(placed, bytes);
    return bytes.flip();
  }

  private void assertIsReadBack(long inode, int pieces) throws IOException {
    long total = 0;
    for (Extent extent : volume.extents(inode)) {
      ByteBuffer bytes = read(extent);
      total += bytes.remaining();
      assertThat(bytes.equals(CommitVolume.content(inode, extent.start(), bytes.remaining())))
          .as("bytes at %d", extent.start())
          .isTrue();
    }
    assertThat(total).isEqualTo((long) pieces * PIECE_BYTES);
  }

  @Test
  void whatWaitsGoesToZonesWithoutACommit() throws Exception {
    write(5, PIECES);
    Batch batch = volume.gate.layers().open();
    assertThat(early.relieve(() -> false)).isTrue();
    assertThat(count(batch, false)).isZero();
    assertThat(early.placedBytes()).isEqualTo((long) PIECES * PIECE_BYTES);
    assertThat(volume.memory.usedBytes()).isZero();
    assertThat(volume.events).containsOnly(CommitVolume.Event.WRITE);
    assertThat(volume.gate.layers().open()).isSameAs(batch);
    volume.committer(ErrorPolicy.REMOUNT_READ_ONLY).commit();
    assertIsReadBack(5, PIECES);
  }

  /** A pass for little would cost a seek. */
  @Test
  void aPassWaitsUntilItIsWorthIt() throws Exception {
    write(5, PIECES * 2 / 3);
    assertThat(volume.memory.isShort()).isTrue();
    assertThat(early.canWait()).isTrue();
    write(6, PIECES / 3);
    assertThat(early.canWait()).isFalse();
  }

  @Test
  void tinyFilesStayForTheIndex() throws Exception {
    write(5, PIECES);
    volume.write(6, 0, BatchPlacement.INLINE_BYTES);
    Batch batch = volume.gate.layers().open();
    early.relieve(() -> false);
    assertThat(count(batch, false)).isEqualTo(1);
    assertThat(CommitVolume.run(batch, 6).isOpen()).isTrue();
  }

  /** Bytes that two intervals share are split by the commit. */
  @Test
  void aBufferOfWhichAPartIsNeededStays() throws Exception {
    write(5, PIECES);
    volume.write(5, PIECE_BYTES + 1000, 10);
    Batch batch = volume.gate.layers().open();
    Batch entered = volume.gate.enter();
    entered.file(5).punch(2 * PIECE_BYTES - 100, 2 * PIECE_BYTES, volume.memory);
    volume.gate.exit();
    early.relieve(() -> false);
    assertThat(count(batch, false)).isEqualTo(1);
  }

  /** The commit that has sealed the batch waits for a slice, and writes the rest itself. */
  @Test
  void aPassEndsWithTheSliceInWhichItsBatchIsSealed() throws Exception {
    write(5, PIECES);
    Batch batch = volume.gate.layers().open();
    AtomicBoolean sealed = new AtomicBoolean();
    volume.beforeWrite =
        zone -> {
          if (sealed.compareAndSet(false, true)) {
            volume.gate.<Integer>seal(() -> 0);
          }
        };
    assertThat(early.relieve(() -> false)).isTrue();
    assertThat(early.placedBytes()).isEqualTo(4 << 20);
    assertThat(count(batch, true)).isEqualTo(64);
    assertThat(count(batch, false)).isEqualTo(PIECES - 64L);
    assertThat(batch.file(5).intervals()).noneMatch(EarlyPlacementTest::isWriting);
  }

  private static boolean isWriting(Interval piece) {
    WriteBuffer buffer = piece.buffer();
    return buffer != null && buffer.isWriting();
  }

  @Test
  void aCommitThatIsDueGoesFirst() throws Exception {
    write(5, PIECES);
    assertThat(early.relieve(() -> true)).isFalse();
    assertThat(early.placedBytes()).isZero();
    assertThat(volume.gate.layers().open().file(5).intervals())
        .noneMatch(EarlyPlacementTest::isWriting);
  }

  @Test
  void aPassEndsWhenACommitBecomesDue() throws Exception {
    write(5, PIECES);
    AtomicBoolean due = new AtomicBoolean();
    volume.beforeWrite = zone -> due.set(true);
    assertThat(early.relieve(due::get)).as("memory is short all the same").isFalse();
    assertThat(early.placedBytes()).isEqualTo(4 << 20);
  }

  /** There is room for the data, but not for what may come before their commit. */
  @Test
  void itDeclinesWhileZonesAreShort() throws Exception {
    write(5, PIECES);
    while (volume.space.hasRoomFor(4 * LIMIT_BYTES)) {
      assertThat(volume.allocator.allocate(ZoneStream.HOT)).isPresent();
    }
    assertThat(volume.space.hasRoomFor(LIMIT_BYTES)).isTrue();
    volume.events.clear();
    assertThat(early.canWait()).isFalse();
    assertThat(early.relieve(() -> false)).isFalse();
    assertThat(volume.events).doesNotContain(CommitVolume.Event.WRITE);
  }

  @Test
  void itDeclinesWhereMetadataTakeTheMemory() throws Exception {
    write(6, PIECES / 4);
    for (int piece = 0; piece < 12_000; piece++) {
      volume.write(5, 2 * piece + 1, 1);
    }
    assertThat(volume.memory.isShortByMetadata()).isTrue();
    assertThat(early.canWait()).isFalse();
    assertThat(early.relieve(() -> false)).isFalse();
    assertThat(early.placedBytes()).isZero();
  }

  /** A few blocks of another stream are not worth the way of a disk's head. */
  @Test
  void littleOfAStreamStays() throws Exception {
    int coldBytes = StreamChooser.LEAST_COLD_BYTES + PIECE_BYTES;
    for (int piece = 0; piece < 9; piece++) {
      volume.write(5, (1 + 2L * piece) << 20, coldBytes);
    }
    write(6, 4);
    Batch batch = volume.gate.layers().open();
    early.relieve(() -> false);
    assertThat(early.placedBytes()).isEqualTo(9L * coldBytes);
    assertThat(count(batch, false)).isEqualTo(4);
    write(6, PIECES);
    early.relieve(() -> false);
    assertThat(count(batch, false)).isZero();
  }

  @Test
  void whatOtherThreadsWriteMakesRoomByItself() throws Exception {
    write(5, PIECES);
    Batch batch = volume.gate.layers().open();
    for (Interval piece : batch.file(5).intervals()) {
      Objects.requireNonNull(piece.buffer()).startWriting();
    }
    assertThat(early.relieve(() -> false)).isTrue();
    assertThat(early.placedBytes()).isZero();
  }

  /** A commit of another thread waits for the slice, then commits all. */
  @Test
  void aCommitMeanwhileHasAllData() throws Exception {
    write(5, PIECES);
    Batch batch = volume.gate.layers().open();
    Committer committer = volume.committer(ErrorPolicy.REMOUNT_READ_ONLY);
    AtomicReference<TestThread> started = new AtomicReference<>();
    volume.beforeWrite =
        zone -> {
          if (started.get() == null) {
            started.set(new TestThread("commit", committer::commit));
            while (volume.gate.layers().open() == batch) {
              Thread.onSpinWait();
            }
          }
        };
    assertThat(early.relieve(() -> false)).isTrue();
    Objects.requireNonNull(started.get(), "the commit").finish();
    assertThat(early.placedBytes()).isEqualTo(4 << 20);
    assertIsReadBack(5, PIECES);
  }

  @Test
  void itWritesNothingWhileTheVolumeIsQuiet() throws Exception {
    write(5, PIECES);
    volume.health.setFrozen(true);
    assertThat(early.relieve(() -> false)).isFalse();
    assertThat(volume.events).doesNotContain(CommitVolume.Event.WRITE);
  }

  @Test
  void aPassEndsWhenTheVolumeBecomesQuiet() throws Exception {
    write(5, PIECES);
    volume.beforeWrite = zone -> volume.health.setFrozen(true);
    early.relieve(() -> false);
    assertThat(early.placedBytes()).isEqualTo(4 << 20);
    assertThat(volume.gate.layers().open().file(5).intervals())
        .noneMatch(EarlyPlacementTest::isWriting);
  }

  /** Writers go on between the slices: what they change is what the commit has. */
  @Test
  void writersMayCutAppendAndDeleteBetweenTheSlices() throws Exception {
    write(5, PIECES / 3);
    write(6, PIECES / 3);
    write(7, PIECES - 2 * (PIECES / 3));
    AtomicInteger asked = new AtomicInteger();
    early.relieve(
        () -> {
          if (asked.getAndIncrement() == 1) {
            Batch batch = volume.gate.enter();
            // In and behind what was looked at, and a file that comes next.
            batch.file(5).punch(0, 20L * PIECE_BYTES, volume.memory);
            batch.file(6).punch(30L * PIECE_BYTES, Long.MAX_VALUE, volume.memory);
            batch.file(7).delete(volume.memory);
            volume.gate.exit();
            volume.write(6, (2L * PIECES + 1) * PIECE_BYTES, PIECE_BYTES);
          }
          return false;
        });
    assertThat(volume.gate.layers().open().file(6).intervals())
        .noneMatch(EarlyPlacementTest::isWriting);
    volume.committer(ErrorPolicy.REMOUNT_READ_ONLY).commit();
    assertIsReadBack(5, PIECES / 3 - 10);
    assertIsReadBack(6, 15 + 1);
    assertThat(volume.extents(7)).isEmpty();
    assertThat(volume.memory.usedBytes()).isZero();
  }

  /** The data are in memory as before, and take bytes again; the commit finds another zone. */
  @Test
  void dataWhoseWriteFailsStayForTheCommit() throws Exception {
    write(5, PIECES);
    Batch batch = volume.gate.layers().open();
    AtomicBoolean fails = new AtomicBoolean(true);
    volume.beforeWrite =
        zone -> {
          if (fails.get()) {
            throw new DeviceException(DeviceException.Reason.MEDIA, zone, "it fails");
          }
        };
    assertThat(early.relieve(() -> false)).isFalse();
    assertThat(count(batch, true)).isZero();
    assertThat(batch.file(5).intervals()).noneMatch(EarlyPlacementTest::isWriting);
    fails.set(false);
    volume.committer(ErrorPolicy.REMOUNT_READ_ONLY).commit();
    assertIsReadBack(5, PIECES);
  }

  /** A write during the pass goes to another buffer, and wins. */
  @Test
  void whatIsOverwrittenMeanwhileIsNew() throws Exception {
    write(5, PIECES);
    ByteBuffer newer = ByteBuffer.allocate(PIECE_BYTES / 2);
    AtomicBoolean once = new AtomicBoolean(true);
    volume.beforeWrite =
        zone -> {
          if (once.compareAndSet(true, false)) {
            Batch batch = volume.gate.enter();
            batch.file(5).write(PIECE_BYTES, newer.duplicate(), volume.memory, (full, at) -> {});
            volume.gate.exit();
          }
        };
    early.relieve(() -> false);
    assertThat(early.placedBytes()).isEqualTo((long) PIECES * PIECE_BYTES);
    volume.committer(ErrorPolicy.REMOUNT_READ_ONLY).commit();
    List<Extent> extents = volume.extents(5);
    assertThat(read(extents.get(0))).isEqualTo(newer);
    assertThat(extents.get(1).start()).isEqualTo(PIECE_BYTES + PIECE_BYTES / 2);
    assertThat(read(extents.get(1)))
        .isEqualTo(CommitVolume.content(5, extents.get(1).start(), PIECE_BYTES / 2));
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.fs.TestThread;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.commit.BatchPlacement.PlacementMode;
import zonefsj.fs.volume.commit.CommitVolume.Event;
import zonefsj.fs.volume.state.StreamChooser;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.zonemgr.ZoneStream;

/** Where the data of a batch go, and what of it a failed try leaves for the next one. */
class BatchPlacementTest {
  private final CommitVolume volume = new CommitVolume();

  BatchPlacementTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private Batch seal() {
    return volume.gate.<Integer>seal(() -> 0).batch();
  }

  private List<PhysicalExtent> placed(Batch batch, long inode) {
    WriteBuffer run = CommitVolume.run(batch, inode);
    return run.isPlaced() ? run.placed(0, run.length()) : List.of();
  }

  private ZoneStream streamOf(Batch batch, long inode) {
    int zone = volume.drive.device().geometry().zoneOf(placed(batch, inode).get(0).positionBytes());
    return Objects.requireNonNull(volume.allocator.state(zone).stream());
  }

  /** So that the small commit is no reason to keep data in the journal record. */
  private void writeMuch() {
    volume.write(99, 0, 200 << 10);
  }

  /** The index is as long as it was planned, with no room for tiny files. */
  private void fillIndex() throws IOException {
    BatchRecord.Builder much = new BatchRecord.Builder();
    much.put(ColumnFamily.META, new byte[] {'m'}, new byte[(int) volume.plan.plannedImageBytes()]);
    volume.buffered.apply(much.build(), new AppliedPosition(CommitVolume.FILESYSTEM, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "1024, true", "1025, false"})
  void tinyFilesStayInTheIndex(int length, boolean inline) throws IOException {
    volume.write(5, 0, length);
    writeMuch();
    Batch batch = seal();
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(placed(batch, 5).isEmpty()).isEqualTo(inline);
    assertThat(placed(batch, 99)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"64, true", "65, false", "1024, false"})
  void aFullIndexTakesOnlyTheTiniest(int length, boolean inline) throws IOException {
    fillIndex();
    volume.write(5, 0, length);
    Batch batch = seal();
    // A run at offset 0 that is staged would stay there: nothing tells it from a tiny file.
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(placed(batch, 5).isEmpty()).isEqualTo(inline);
  }

  /** What one batch takes of that room is not there twice. */
  @Test
  void tinyFilesOfOneBatchShareTheRoomOfTheIndex() throws IOException {
    long room = volume.plan.plannedImageBytes() / 4 - volume.buffered.imageBytes();
    int files = (int) (room / 1024) + 20;
    for (int file = 1; file <= files; file++) {
      volume.write(file, 0, 1024);
    }
    Batch batch = seal();
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    long inline = 0;
    for (int file = 1; file <= files; file++) {
      inline += placed(batch, file).isEmpty() ? 1024 : 0;
    }
    assertThat(inline).isBetween(room - 1024, room);
  }

  @Test
  void longRunsAreCold() throws IOException {
    volume.write(5, 0, StreamChooser.LEAST_COLD_BYTES);
    volume.write(6, 0, StreamChooser.LEAST_COLD_BYTES - 1);
    Batch batch = seal();
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(streamOf(batch, 5)).isEqualTo(ZoneStream.COLD);
    assertThat(streamOf(batch, 6)).isEqualTo(ZoneStream.HOT);
  }

  @ParameterizedTest
  @EnumSource(PlacementMode.class)
  void aSmallCommitCarriesItsDataUnlessZonesAreWanted(PlacementMode mode) throws IOException {
    volume.write(5, 4096, BatchPlacement.STAGED_COMMIT_BYTES / 2);
    volume.write(6, 4096, BatchPlacement.STAGED_COMMIT_BYTES / 2);
    Batch batch = seal();
    long free = volume.space.freeBytes();
    BatchPlacement placement = volume.placements.of(batch);
    placement.place(mode);
    boolean staged = mode != PlacementMode.ZONES_ONLY;
    assertThat(placed(batch, 5).isEmpty()).isEqualTo(staged);
    assertThat(volume.events.contains(Event.WRITE)).isEqualTo(!staged);
    assertThat(volume.space.freeBytes())
        .as("they wait for a zone")
        .isEqualTo(staged ? free - BatchPlacement.STAGED_COMMIT_BYTES : free);
    placement.applied();
    assertThat(volume.space.freeBytes()).as("the index counts them now").isEqualTo(free);
  }

  @Test
  void aByteMoreGoesToAZone() throws IOException {
    volume.write(5, 4096, BatchPlacement.STAGED_COMMIT_BYTES + 1);
    Batch batch = seal();
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(placed(batch, 5)).isNotEmpty();
  }

  /** The buffer is what reads find until the index has the bytes. */
  @Test
  void memoryOfATinyFileIsGivenBackWhenItIsApplied() throws Exception {
    volume.write(5, 0, 100);
    Batch batch = seal();
    BatchPlacement placement = volume.placements.of(batch);
    placement.place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(CommitVolume.run(batch, 5).bytes()).isEqualTo(CommitVolume.content(5, 0, 100));
    Lock reading = volume.metadata.locks().of(5).readLock();
    TestThread applier;
    reading.lock();
    try {
      applier = new TestThread("applier", placement::applied);
      applier.awaitWaiting();
      assertThat(volume.memory.usedBytes()).as("while a reader reads it").isPositive();
    } finally {
      reading.unlock();
    }
    applier.finish();
    assertThat(volume.memory.usedBytes()).isZero();
  }

  @Test
  void whatHasAZoneKeepsItWhenTheRestHasNone() throws IOException {
    volume.takeAllZones(false);
    for (int zone = 0; zone < 3; zone++) {
      volume.giveZoneBack();
    }
    volume.write(5, 0, 600 << 10);
    volume.write(6, 0, 300 << 10);
    Batch batch = seal();
    assertThatThrownBy(() -> volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES))
        .isInstanceOf(ChunkWriter.NoZoneException.class);
    List<PhysicalExtent> kept = placed(batch, 5);
    assertThat(kept).isNotEmpty();
    assertThat(placed(batch, 6)).isEmpty();
    assertThat(CommitVolume.run(batch, 6).bytes()).isEqualTo(CommitVolume.content(6, 0, 300 << 10));
    volume.giveZoneBack();
    volume.giveZoneBack();
    volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
    assertThat(placed(batch, 5)).isEqualTo(kept);
    assertThat(placed(batch, 6)).isNotEmpty();
    assertThat(volume.memory.usedBytes()).isZero();
  }

  /** With each zone that is freed a commit gets on, however many it needs. */
  @Test
  void eachTryNeedsLessRoomThanTheOneBefore() throws IOException {
    volume.takeAllZones(false);
    for (int file = 5; file < 15; file++) {
      volume.write(file, 0, 100 << 10);
    }
    Batch batch = seal();
    int tries = 0;
    int before = 0;
    while (true) {
      volume.giveZoneBack();
      tries++;
      try {
        volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
        break;
      } catch (ChunkWriter.NoZoneException none) {
        int now = 0;
        for (int file = 5; file < 15; file++) {
          now += placed(batch, file).isEmpty() ? 0 : 1;
        }
        assertThat(now).as("files in zones after try " + tries).isGreaterThan(before);
        before = now;
      }
    }
    assertThat(tries).isGreaterThan(2);
    assertThat(volume.memory.usedBytes()).isZero();
  }

  @Test
  void aWriteBufferLongerThanAZoneGetsOnWithEachZone() throws IOException {
    volume.takeAllZones(false);
    int bytes = 1 << 20;
    assertThat(volume.drive.device().geometry().zoneSizeBytes()).isLessThan(bytes);
    volume.write(5, 0, bytes);
    Batch batch = seal();
    for (int tries = 1; placed(batch, 5).isEmpty(); tries++) {
      assertThat(tries).isLessThan(10);
      volume.giveZoneBack();
      try {
        volume.placements.of(batch).place(PlacementMode.JOURNAL_OR_ZONES);
      } catch (ChunkWriter.NoZoneException none) {
        assertThat(CommitVolume.run(batch, 5).headBytes()).isPositive();
      }
    }
    List<PhysicalExtent> parts = placed(batch, 5);
    ByteBuffer content = ByteBuffer.allocate(bytes);
    for (PhysicalExtent part : parts) {
      int end = content.position() + part.lengthBytes();
      new VerifiedReader(volume.drive.device())
          .read(part, content.slice(content.position(), part.lengthBytes()));
      content.position(end);
    }
    assertThat(content.flip()).isEqualTo(CommitVolume.content(5, 0, bytes));
    assertThat(volume.memory.usedBytes()).isZero();
  }

  /** Each try counts from nothing, or room would be lost with every one. */
  @Test
  void aTryThatIsGivenUpStagesNothing() throws IOException {
    long free = volume.space.freeBytes();
    volume.takeAllZones(true);
    volume.write(5, 0, 100 << 10);
    Batch batch = seal();
    assertThatThrownBy(() -> volume.placements.of(batch).place(PlacementMode.USE_RESERVE))
        .isInstanceOf(ChunkWriter.NoZoneException.class);
    assertThat(volume.space.freeBytes()).isEqualTo(free - (100 << 10));
  }
}

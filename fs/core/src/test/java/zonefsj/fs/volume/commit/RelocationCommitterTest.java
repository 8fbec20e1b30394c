// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.volume.commit.CommitVolume.Event;
import zonefsj.zonemgr.ZoneStream;

/** Extents are switched to where the collector has put them if nothing else has changed them. */
class RelocationCommitterTest {
  private static final long INODE = 5;
  private static final int LENGTH = 64 << 10;

  private final CommitVolume volume = new CommitVolume();
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final Committer committer = commits.committer();
  private final RelocationCommitter relocations = commits.relocations();

  RelocationCommitterTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private void write(long inode, long offset, int length) throws IOException {
    volume.write(inode, offset, length);
    committer.commit();
  }

  /** The collector copies bytes of an extent. */
  private List<PhysicalExtent> copy(long inode, long from, long to) throws IOException {
    ChunkWriter.Source source =
        new ChunkWriter.Source(inode, from, CommitVolume.content(inode, from, (int) (to - from)));
    return volume.chunks.write(DataStream.GC_COLD, List.of(source), (zone, bytes) -> {}).get(0);
  }

  private Relocation moved(long inode, Extent old) throws IOException {
    return moved(inode, old, old.start(), old.end());
  }

  private Relocation moved(long inode, Extent old, long from, long to) throws IOException {
    return new Relocation(
        inode, old, List.of(new Relocation.Part(from, to, copy(inode, from, to))));
  }

  private List<Extent> withoutPlaces(List<Extent> extents) {
    return extents.stream().map(extent -> Extent.lost(extent.start(), extent.length())).toList();
  }

  private boolean isCollected(Extent extent) {
    return volume.allocator.state(volume.zoneOf(extent)).stream() == ZoneStream.GC;
  }

  private Extent only(long inode) throws IOException {
    List<Extent> extents = volume.extents(inode);
    assertThat(extents).hasSize(1);
    return extents.get(0);
  }

  private void assertThatZonesHoldWhatTheExtentsSay(long... inodes) throws IOException {
    long[] live = new long[CommitVolume.ZONES];
    long extents = 0;
    for (long inode : inodes) {
      for (Extent extent : volume.extents(inode)) {
        if (extent.placed() != null) {
          live[volume.zoneOf(extent)] += extent.length();
          extents++;
        }
      }
    }
    for (int zone = 0; zone < CommitVolume.ZONES; zone++) {
      assertThat(volume.usage.liveBytes(zone)).as("zone %d", zone).isEqualTo(live[zone]);
    }
    assertThat(volume.usage.extents()).isEqualTo(extents);
  }

  @Test
  void anExtentThatIsAsItWasIsSwitched() throws IOException {
    write(INODE, 0, LENGTH);
    Extent old = only(INODE);
    Relocation move = moved(INODE, old);
    volume.events.clear();
    relocations.relocate(List.of(move));
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH, Event.APPLY);
    assertThat(only(INODE).placed()).isEqualTo(move.parts().get(0).placed().get(0));
    assertThat(volume.usage.liveBytes(volume.zoneOf(old))).isZero();
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  @Test
  void anExtentThatWasWrittenAnewMeanwhileStays() throws IOException {
    write(INODE, 0, LENGTH);
    Relocation move = moved(INODE, only(INODE));
    write(INODE, 0, LENGTH);
    Extent now = only(INODE);
    volume.events.clear();
    relocations.relocate(List.of(move));
    assertThat(only(INODE)).isEqualTo(now);
    assertThat(volume.events).as("a record of nothing").isEmpty();
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  /** The bytes of the old extent at both ends are switched, and what replaced its middle stays. */
  @Test
  void whatIsLeftOfAnExtentIsSwitched() throws IOException {
    write(INODE, 0, LENGTH);
    Relocation move = moved(INODE, only(INODE));
    write(INODE, 20 << 10, 40 << 10);
    List<Extent> before = volume.extents(INODE);
    assertThat(before).hasSize(3);
    relocations.relocate(List.of(move));
    List<Extent> now = volume.extents(INODE);
    assertThat(withoutPlaces(now)).isEqualTo(withoutPlaces(before));
    assertThat(now.stream().map(this::isCollected)).containsExactly(true, false, true);
    assertThat(now.get(1)).isEqualTo(before.get(1));
    PhysicalExtent copied = move.parts().get(0).placed().get(0);
    assertThat(now.get(0).placed()).isEqualTo(copied.slice(0, 20 << 10));
    assertThat(now.get(2).placed()).isEqualTo(copied.slice(60 << 10, 4 << 10));
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  @Test
  void aDeletedFileComesNotBack() throws IOException {
    write(INODE, 0, LENGTH);
    Relocation move = moved(INODE, only(INODE));
    volume.gate.enter().file(INODE).delete(volume.memory);
    volume.gate.exit();
    committer.commit();
    relocations.relocate(List.of(move));
    assertThat(volume.extents(INODE)).isEmpty();
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  /** The open batch lies above: what it does to the file comes later, and over the new place. */
  @Test
  void aPendingChangeFindsTheExtentInItsNewPlace() throws IOException {
    write(INODE, 0, LENGTH);
    volume.write(INODE, 20 << 10, 40 << 10);
    relocations.relocate(List.of(moved(INODE, only(INODE))));
    committer.commit();
    assertThat(volume.extents(INODE).stream().map(this::isCollected))
        .containsExactly(true, false, true);
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  @Test
  void whatIsInNoPartStaysWhereItIs() throws IOException {
    write(INODE, 0, LENGTH);
    Extent old = only(INODE);
    relocations.relocate(List.of(moved(INODE, old, 8 << 10, 16 << 10)));
    List<Extent> now = volume.extents(INODE);
    assertThat(now.stream().map(this::isCollected)).containsExactly(false, true, false);
    assertThat(now.get(0)).isEqualTo(old.slice(0, 8 << 10));
    assertThat(now.get(2)).isEqualTo(old.slice(16 << 10, LENGTH));
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  @Test
  void whatIsGivenUpIsLostAndListed() throws IOException {
    write(INODE, 0, LENGTH);
    Extent old = only(INODE);
    List<Relocation.Part> parts = new ArrayList<>();
    parts.add(new Relocation.Part(0, 4096, List.of()));
    parts.add(new Relocation.Part(4096, LENGTH, copy(INODE, 4096, LENGTH)));
    relocations.relocate(List.of(new Relocation(INODE, old, parts)));
    List<Extent> now = volume.extents(INODE);
    assertThat(now.get(0)).isEqualTo(Extent.lost(0, 4096));
    assertThat(isCollected(Objects.requireNonNull(now.get(1)))).isTrue();
    assertThat(volume.usage.liveBytes(volume.zoneOf(old))).isZero();
    assertThatZonesHoldWhatTheExtentsSay(INODE);
  }

  @Test
  void oneOfSeveralThatChangedHoldsTheOthersNotBack() throws IOException {
    write(INODE, 0, LENGTH);
    write(6, 0, LENGTH);
    List<Relocation> moves = List.of(moved(INODE, only(INODE)), moved(6, only(6)));
    write(INODE, 0, LENGTH);
    relocations.relocate(moves);
    assertThat(isCollected(only(INODE))).isFalse();
    assertThat(isCollected(only(6))).isTrue();
    assertThatZonesHoldWhatTheExtentsSay(INODE, 6);
  }

  /** It has found the old place, and pins the zone before it lets go of the inode. */
  @Test
  void theOldZoneIsNotEmptyBeforeReadersHaveItPinned() throws Exception {
    write(INODE, 0, LENGTH);
    Extent old = only(INODE);
    Relocation move = moved(INODE, old);
    int zone = volume.zoneOf(old);
    Lock reading = volume.metadata.locks().of(INODE).readLock();
    TestThread collector;
    reading.lock();
    try {
      collector = new TestThread("collector", () -> relocations.relocate(List.of(move)));
      collector.awaitWaiting();
      assertThat(volume.usage.liveBytes(zone)).isEqualTo(LENGTH);
      assertThat(volume.usage.isReclaimable(zone)).isFalse();
      volume.usage.pin(zone);
    } finally {
      reading.unlock();
    }
    collector.finish();
    assertThat(volume.usage.liveBytes(zone)).isZero();
    assertThat(volume.usage.isReclaimable(zone)).isFalse();
    volume.usage.unpin(zone);
    assertThat(volume.usage.isReclaimable(zone)).isTrue();
  }

  /** Nobody knows whether the switch is durable: the old zone must keep what it holds. */
  @Test
  void aFailedFlushLeavesTheOldZoneLive() throws IOException {
    write(INODE, 0, LENGTH);
    Extent old = only(INODE);
    Relocation move = moved(INODE, old);
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertThatThrownBy(() -> relocations.relocate(List.of(move))).isInstanceOf(IOException.class);
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(only(INODE)).isEqualTo(old);
    assertThat(volume.usage.liveBytes(volume.zoneOf(old))).isEqualTo(LENGTH);
  }
}

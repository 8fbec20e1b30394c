// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.gc.ExtentOwner;

/** A zone stays as it is while relocations name the places of data in it. */
class RelocationSourcesTest {
  private static final long INODE = 7;
  private static final int BYTES = 100_000;

  private final CommitVolume volume = new CommitVolume();
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final Relocator relocator = volume.relocator(commits);

  RelocationSourcesTest() throws IOException {}

  private void relocateAll(int zone) throws IOException {
    ExtentOwner.RelocationRun run = relocator.relocateByScan(index -> index == zone);
    while (run.hasMore()) {
      run.moveSome();
    }
  }

  @Test
  void aZoneIsNotResetBeforeWhatWasMovedFromItIsCommitted() throws IOException {
    volume.write(INODE, 0, BYTES);
    commits.committer().commit();
    int zone = volume.zoneOf(volume.extents(INODE).get(0));
    volume.chunks.fillShortZones(CommitVolume.ZONE_BYTES);
    relocateAll(zone);
    volume.write(INODE, 0, BYTES);
    commits.committer().commit();
    assertThat(volume.usage.liveBytes(zone)).isZero();
    assertThat(volume.usage.isReclaimable(zone)).isFalse();
    relocator.commitRelocations();
    assertThat(volume.usage.isReclaimable(zone)).isTrue();
    assertThat(volume.zoneOf(volume.extents(INODE).get(0))).isNotEqualTo(zone);
  }

  /** The drive lost copies that are not committed; what they were made from is still there. */
  @Test
  void movesToAZoneThatLostThemAreDropped() throws IOException {
    assertMovesAreDropped(new Fault.LoseTail(1000));
  }

  /** As when files are rewritten, whose copies lie among what applications write. */
  @Test
  void movesThatALaterWriteToTheirZoneHasLostAreNotApplied() throws IOException {
    volume.write(INODE, 0, BYTES);
    commits.committer().commit();
    Extent old = volume.extents(INODE).get(0);
    int zone = volume.zoneOf(old);
    byte[] bytes = new byte[old.length()];
    List<PhysicalExtent> copies = place(bytes);
    Relocation move =
        new Relocation(INODE, old, List.of(new Relocation.Part(old.start(), old.end(), copies)));
    volume.beforeFlush =
        () -> {
          volume.beforeFlush = () -> {};
          volume.faults.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(1000));
          place(new byte[4096]);
        };
    assertThatThrownBy(() -> commits.relocations().relocate(List.of(move)))
        .isInstanceOf(IOException.class);
    assertThat(volume.zoneOf(volume.extents(INODE).get(0))).isEqualTo(zone);
    assertThat(volume.health.isReadOnly()).isTrue();
  }

  private List<PhysicalExtent> place(byte[] bytes) throws IOException {
    return volume
        .chunks
        .write(
            DataStream.REWRITTEN,
            List.of(new ChunkWriter.Source(INODE, 0, ByteBuffer.wrap(bytes))),
            (zone, placed) -> {})
        .get(0);
  }

  @Test
  void movesToAZoneThatDiedAreDropped() throws IOException {
    assertMovesAreDropped(new Fault.WearOffline());
  }

  private void assertMovesAreDropped(Fault fault) throws IOException {
    volume.write(INODE, 0, BYTES);
    commits.committer().commit();
    int zone = volume.zoneOf(volume.extents(INODE).get(0));
    volume.chunks.fillShortZones(CommitVolume.ZONE_BYTES);
    volume.write(INODE + 1, 0, BYTES);
    commits.committer().commit();
    int other = volume.zoneOf(volume.extents(INODE + 1).get(0));
    relocateAll(zone);
    volume.faults.on(DeviceOperation.WRITE, 1, fault);
    relocateAll(other);
    relocator.commitRelocations();
    assertThat(volume.zoneOf(volume.extents(INODE).get(0))).isEqualTo(zone);
    assertThat(volume.zoneOf(volume.extents(INODE + 1).get(0))).isEqualTo(other);
    assertThat(volume.health.isReadOnly()).isFalse();
    relocateAll(zone);
    relocator.commitRelocations();
    assertThat(volume.usage.liveBytes(zone)).isZero();
  }
}

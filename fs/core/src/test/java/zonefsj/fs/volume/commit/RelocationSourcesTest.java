// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
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

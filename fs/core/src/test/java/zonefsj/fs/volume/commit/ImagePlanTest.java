// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.volume.commit.CheckpointCopy.Claim;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

class ImagePlanTest {
  private static final long SHORT_IMAGE_BYTES = 50 << 10;

  private final CommitVolume volume = new CommitVolume();
  private final List<Integer> zones = new ArrayList<>();

  ImagePlanTest() throws IOException {}

  /** The checkpoints have four full zones of their share of six. */
  @BeforeEach
  void fillZones() throws IOException {
    assertThat(volume.allocator.checkpointShare()).isEqualTo(6);
    for (int zone = 0; zone < 4; zone++) {
      ZoneHandle handle = volume.allocator.allocate(ZoneStream.CHECKPOINT).orElseThrow();
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      handle.close();
      zones.add(handle.zone());
    }
    volume.space.reserves().indexChanged(SHORT_IMAGE_BYTES);
  }

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  /** A plan for files with one part each, in zones with this share of live bytes. */
  private ImagePlan plan(long newBytes, int... livePercent) {
    List<ImagePlan.KeptFile> files = new ArrayList<>();
    for (int zone = 0; zone < livePercent.length; zone++) {
      ImagePlan.KeptFile file = new ImagePlan.KeptFile(zone % 2);
      file.add(zones.get(zone), CommitVolume.ZONE_BYTES * livePercent[zone] / 100);
      files.add(file);
    }
    return plan(newBytes, files);
  }

  private ImagePlan plan(long newBytes, List<ImagePlan.KeptFile> files) {
    return new ImagePlan(
        volume.allocator, volume.plan, volume.space.reserves(), files, newBytes / 2, Set.of(), 0);
  }

  private void assertLeft(ImagePlan image, Integer... expected) {
    assertThat(image.left()).containsExactlyInAnyOrder(expected);
  }

  @Test
  void mostlyDeadZonesAreLeft() {
    ImagePlan image = plan(0, 60, 30, 90, 80);
    image.leave(Set.copyOf(zones), zone -> zone == zones.get(3));
    image.leaveSparse();
    assertLeft(image, zones.get(1), zones.get(3));
  }

  /** What the new files of the image take, others cannot have. */
  @Test
  void zonesAreLeftOnlyIfTheirFilesFitTheShare() {
    ImagePlan image = plan(2 * CommitVolume.ZONE_BYTES - (120 << 10), 45, 30, 90, 80);
    image.leaveSparse();
    assertLeft(image, zones.get(1));
  }

  @Test
  void zonesAreLeftUntilTheNextImageHasItsPlace() {
    ImagePlan image = plan(0, 70, 60, 90, 80);
    assertThat(image.leaveForNext()).isTrue();
    assertLeft(image, zones.get(1), zones.get(0));
    ImagePlan small = plan(0, 70, 60);
    assertThat(small.leaveForNext()).isTrue();
    assertLeft(small);
  }

  /** The share cannot grow beside so many data: the next image borrows of the collector. */
  @Test
  void beyondThatOnlyWhatTheCollectorCannotLendIsLeft() {
    volume.usage.setLiveBytes(0, volume.space.totalBytes());
    volume.space.reserves().indexChanged(CommitVolume.ZONE_BYTES);
    assertThat(volume.space.reserves().isOvercommitted()).isTrue();
    ImagePlan image = plan(0, 70, 60, 90, 80);
    assertThat(image.leaveForNext()).isTrue();
    assertLeft(image, zones.get(1), zones.get(0));
    volume.usage.setLiveBytes(0, 0);
    assertThat(volume.space.reserves().isOvercommitted()).isFalse();
    assertThat(plan(0, 70, 60, 90, 80).leaveForNext()).as("within the share").isFalse();
  }

  /** It would cost much and gain nothing. */
  @Test
  void fullZonesAreNotLeft() {
    ImagePlan image = plan(0, 95, 90, 90, 98);
    assertThat(image.leaveForNext()).isFalse();
    assertLeft(image);
  }

  /** A long file with one part in a zone that is left is written as a whole. */
  @Test
  void wholeFilesCount() {
    ImagePlan.KeptFile lasting = new ImagePlan.KeptFile(0);
    lasting.add(zones.get(0), 100 << 10);
    lasting.add(zones.get(1), 250 << 10);
    lasting.add(zones.get(2), 250 << 10);
    ImagePlan.KeptFile other = new ImagePlan.KeptFile(1);
    other.add(zones.get(3), 60 << 10);
    ImagePlan image = plan(0, List.of(lasting, other));
    image.leaveSparse();
    assertThat(image.left()).as("600 KiB do not fit two zones").containsExactly(zones.get(3));
    image.leave(Set.copyOf(zones), zone -> zone == zones.get(0));
    // 60 and 600 KiB, each with the rest of the manifest.
    assertThat(image.freshZones()).isEqualTo(1 + 3);
    assertThat(image.claim()).as("nothing is kept").isEqualTo(Claim.WHOLE_RESERVE);
  }

  @Test
  void nothingIsLeftWithoutFreeZones() throws IOException {
    volume.takeAllZones(true);
    while (volume.allocator.freeZonesForImage() > 0) {
      assertThat(volume.allocator.allocateForImage()).isPresent();
    }
    ImagePlan image = plan(0, 70, 60, 90, 80);
    assertThat(image.leaveForNext()).isFalse();
    image.leaveSparse();
    assertLeft(image);
  }

  @Test
  void onlyAnImageThatFitsTheShareMayTakeAllOfTheCollector() {
    assertThat(plan(0, 70, 60, 90, 80).claim()).isEqualTo(Claim.WHOLE_RESERVE);
    ImagePlan large = plan(4 * CommitVolume.ZONE_BYTES, 70, 60, 90);
    assertThat(large.claim()).isEqualTo(Claim.RESERVE);
    large.leaveAll();
    assertThat(large.claim()).as("it writes too much").isEqualTo(Claim.RESERVE);
    ImagePlan anew = plan(2 * CommitVolume.ZONE_BYTES, 40, 40, 40, 40);
    assertThat(anew.claim()).isEqualTo(Claim.RESERVE);
    anew.leaveAll();
    assertThat(anew.claim()).isEqualTo(Claim.WHOLE_RESERVE);
  }
}

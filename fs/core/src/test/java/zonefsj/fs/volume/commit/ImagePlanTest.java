// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private ImagePlan plan(long newBytes, Set<Integer> mustLeave, int... livePercent) {
    Map<Integer, Long> live = new HashMap<>();
    for (int zone = 0; zone < livePercent.length; zone++) {
      live.put(zones.get(zone), CommitVolume.ZONE_BYTES * livePercent[zone] / 100);
    }
    return new ImagePlan(
        volume.allocator,
        volume.plan,
        volume.space.reserves(),
        live,
        mustLeave::contains,
        newBytes,
        Set.of(),
        0);
  }

  private void assertLeft(ImagePlan image, Integer... expected) {
    assertThat(image.left()).containsExactlyInAnyOrder(expected);
  }

  @Test
  void mostlyDeadZonesAreLeft() {
    ImagePlan image = plan(0, Set.of(zones.get(3)), 60, 30, 90, 80);
    image.leaveSparse();
    assertLeft(image, zones.get(1), zones.get(3));
  }

  /** What the new files of the image take, others cannot have. */
  @Test
  void zonesAreLeftOnlyIfTheirFilesFitTheShare() {
    ImagePlan image = plan(2 * CommitVolume.ZONE_BYTES - (120 << 10), Set.of(), 45, 30, 90, 80);
    image.leaveSparse();
    assertLeft(image, zones.get(1));
  }

  @Test
  void zonesAreLeftUntilTheNextImageHasItsPlace() {
    ImagePlan image = plan(0, Set.of(), 70, 60, 90, 80);
    image.leaveForNext();
    assertLeft(image, zones.get(1), zones.get(0));
    ImagePlan small = plan(0, Set.of(), 70, 60);
    small.leaveForNext();
    assertLeft(small);
  }

  @Test
  void nothingIsLeftWithoutFreeZones() throws IOException {
    volume.takeAllZones(true);
    while (volume.allocator.freeZonesForImage() > 0) {
      assertThat(volume.allocator.allocateForImage()).isPresent();
    }
    ImagePlan image = plan(0, Set.of(), 70, 60, 90, 80);
    image.leaveForNext();
    image.leaveSparse();
    assertLeft(image);
  }

  @Test
  void onlyAnImageThatFitsTheShareMayTakeAllOfTheCollector() {
    assertThat(plan(0, Set.of(), 70, 60, 90, 80).claim()).isEqualTo(Claim.WHOLE_RESERVE);
    ImagePlan large = plan(4 * CommitVolume.ZONE_BYTES, Set.of(), 70, 60, 90, 0);
    assertThat(large.claim()).isEqualTo(Claim.RESERVE);
    large.leaveAll();
    assertThat(large.claim()).as("it writes too much").isEqualTo(Claim.RESERVE);
    ImagePlan anew = plan(2 * CommitVolume.ZONE_BYTES, Set.of(), 40, 40, 40, 40);
    assertThat(anew.claim()).isEqualTo(Claim.RESERVE);
    anew.leaveAll();
    assertThat(anew.claim()).isEqualTo(Claim.WHOLE_RESERVE);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** Shares follow the need, and grow only by zones that nobody was promised. */
class AdaptiveReservesTest {
  private final SpaceDrive drive = new SpaceDrive();
  private final SpacePlan plan = drive.plan;

  /** What the account answers next, in zones; then always the last of them. */
  private final Queue<Integer> room = new ArrayDeque<>();

  /** What live data leave, in bytes. */
  private long unused = Long.MAX_VALUE;

  private final AdaptiveReserves reserves =
      new AdaptiveReserves(plan, drive.allocator, this::nextRoom, () -> unused);

  AdaptiveReservesTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    drive.close();
  }

  private long nextRoom() {
    int zones = room.size() > 1 ? room.remove() : room.element();
    return zones * plan.zoneNetBytes();
  }

  private void roomIs(Integer... zones) {
    room.clear();
    for (Integer one : zones) {
      room.add(one);
    }
  }

  /** The zones that the checkpoints may have. */
  private int share() {
    return drive.allocator.freeCheckpointZones() + drive.allocator.checkpointZones();
  }

  /** An image for which so many more zones are needed than planned. */
  private long imageBeyondPlan(int zones) {
    long image = plan.plannedImageBytes();
    while (plan.checkpointZonesFor(image, 0, 0) < plan.checkpointZones() + zones) {
      image += 1_000;
    }
    return image;
  }

  @Test
  void theShareBeginsAsPlanned() {
    assertThat(share()).isEqualTo(plan.checkpointZones());
    assertThat(reserves.missingZones()).isZero();
    assertThat(reserves.indexIsLarge()).isFalse();
    assertThat(reserves.isLarge(plan.plannedImageBytes())).isFalse();
    assertThat(reserves.isLarge(imageBeyondPlan(2))).isTrue();
  }

  @Test
  void theShareGrowsAndShrinksWithTheIndex() {
    roomIs(20);
    reserves.indexChanged(imageBeyondPlan(4));
    assertThat(share()).isEqualTo(plan.checkpointZones() + 4);
    assertThat(reserves.missingZones()).isZero();
    assertThat(reserves.excessBytes()).isEqualTo(4 * plan.zoneCapacityBytes());
    assertThat(reserves.indexIsLarge()).isTrue();
    reserves.indexChanged(0);
    assertThat(reserves.indexIsLarge()).isFalse();
    assertThat(share()).isEqualTo(plan.checkpointZones());
    assertThat(reserves.excessBytes()).isZero();
  }

  /** One zone of room stays: what is promised may take a little more than its bytes. */
  @Test
  void itGrowsOnlyByWhatNobodyWasPromised() {
    roomIs(0);
    reserves.indexChanged(imageBeyondPlan(6));
    assertThat(share()).isEqualTo(plan.checkpointZones());
    assertThat(reserves.missingZones()).isEqualTo(6);
    roomIs(-3);
    reserves.adjust();
    assertThat(reserves.missingZones()).isEqualTo(6);
    roomIs(3);
    reserves.adjust();
    assertThat(share()).isEqualTo(plan.checkpointZones() + 2);
    assertThat(reserves.missingZones()).isEqualTo(4);
    roomIs(20);
    reserves.adjust();
    assertThat(reserves.missingZones()).isZero();
  }

  /** Room is in partly written zones as well; an image needs zones. */
  @Test
  void itGrowsOnlyByZonesThatAreFree() throws IOException {
    roomIs(20);
    while (drive.allocator.freeDataZones() > 2) {
      drive.fillZone(ZoneStream.HOT);
    }
    reserves.indexChanged(imageBeyondPlan(6));
    assertThat(share()).isEqualTo(plan.checkpointZones() + 2);
    assertThat(reserves.missingZones()).isEqualTo(4);
    assertThat(drive.allocator.freeDataZones()).isZero();
  }

  private void storeOneZoneBeyondTheShare() throws IOException {
    storeZones(plan.checkpointZones() + 1);
  }

  private void storeZones(int zones) throws IOException {
    for (int zone = 0; zone < zones; zone++) {
      ZoneHandle handle = drive.allocator.allocateUsingReserve(ZoneStream.CHECKPOINT).orElseThrow();
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      handle.close();
    }
  }

  /** What an image has taken of the collector's zones is given back with free ones. */
  @Test
  void zonesBeyondTheShareArePaidWithFreeOnes() throws IOException {
    roomIs(20);
    reserves.indexChanged(0);
    reserves.imageBegins();
    storeOneZoneBeyondTheShare();
    int free = drive.allocator.freeDataZones();
    reserves.adjust();
    assertThat(drive.allocator.freeDataZones()).as("while it is stored").isEqualTo(free);
    reserves.imageEnds(4 * plan.zoneCapacityBytes());
    assertThat(drive.allocator.freeDataZones()).isEqualTo(free - 1);
    assertThat(reserves.missingZones()).isZero();
  }

  @Test
  void zonesBeyondTheShareAreNotPaidWithZonesThatNobodyHas() throws IOException {
    roomIs(20);
    reserves.indexChanged(0);
    reserves.imageBegins();
    storeOneZoneBeyondTheShare();
    int last = -1;
    while (drive.allocator.freeDataZones() > 0) {
      last = drive.fillZone(ZoneStream.HOT);
    }
    reserves.imageEnds(4 * plan.zoneCapacityBytes());
    drive.allocator.reset(last);
    assertThat(drive.allocator.freeDataZones()).isEqualTo(1);
  }

  /** Else file data would take the zones of the collector. */
  @Test
  void theShareKeepsWhatAnImageHoldsWhileTheIndexGetsShorter() throws IOException {
    roomIs(20);
    reserves.indexChanged(imageBeyondPlan(4));
    reserves.imageBegins();
    int share = share();
    while (drive.allocator.freeCheckpointZones() > 0) {
      drive.fillZone(ZoneStream.CHECKPOINT);
    }
    reserves.indexChanged(0);
    assertThat(share()).isEqualTo(share);
    assertThat(drive.allocator.checkpointZones()).isEqualTo(share);
    assertThat(drive.allocator.allocate(ZoneStream.GC)).isPresent();
    assertThat(drive.allocator.allocate(ZoneStream.GC)).isPresent();
  }

  /** After a mount nobody has taken zones of the collector yet. */
  @Test
  void anImageHasItsShareAfterAMount() throws IOException {
    roomIs(-1);
    storeOneZoneBeyondTheShare();
    int free = drive.allocator.freeDataZones();
    reserves.zonesAssigned();
    assertThat(drive.allocator.freeDataZones()).isEqualTo(free - 1);
    reserves.indexChanged(0);
    assertThat(drive.allocator.freeDataZones()).isEqualTo(free - 1);
  }

  @Test
  void itGivesBackWhatSomebodyWasPromisedMeanwhile() {
    roomIs(5, -1);
    reserves.indexChanged(imageBeyondPlan(4));
    assertThat(share()).isEqualTo(plan.checkpointZones());
    assertThat(reserves.missingZones()).isEqualTo(4);
  }

  /** What an image takes while it is stored was expected, and is no reason to expect more. */
  @Test
  void anImageThatIsBeingStoredNeedsNoMoreThanWasExpected() throws IOException {
    roomIs(20);
    reserves.indexChanged(plan.plannedImageBytes());
    int before = share();
    reserves.imageBegins();
    for (int zone = 0; zone < plan.checkpointZones(); zone++) {
      drive.fillZone(ZoneStream.CHECKPOINT);
      reserves.adjust();
      assertThat(share()).isEqualTo(before);
    }
    reserves.imageEnds(0);
    assertThat(share()).as("for the next image beside this one").isGreaterThan(before);
    assertThat(reserves.missingZones()).isZero();
  }

  @Test
  void begunZonesTakeAPartOfTheNextImage() throws IOException {
    roomIs(20);
    for (int zone = 0; zone < plan.checkpointZones(); zone++) {
      drive.fillZone(ZoneStream.CHECKPOINT);
    }
    reserves.indexChanged(plan.plannedImageBytes());
    int without = share();
    reserves.imageEnds(4 * plan.zoneCapacityBytes());
    assertThat(share()).isEqualTo(plan.checkpointZones()).isLessThan(without);
  }

  @Test
  void anImageThatWasLongerThanExpectedGetsMoreNextTime() {
    roomIs(20);
    reserves.indexChanged(0);
    for (int times = 1; times <= 6; times++) {
      reserves.imageWasShort();
      assertThat(share()).isEqualTo(plan.checkpointZones() + Math.min(2 * times, 8));
    }
    reserves.imageWasStored();
    assertThat(share()).isEqualTo(plan.checkpointZones());
  }

  /** Then the estimate was right, and only the room was lacking. */
  @Test
  void anImageThatHadNotBeenGivenWhatWasExpectedExpectsNoMore() {
    roomIs(0);
    reserves.indexChanged(imageBeyondPlan(4));
    reserves.imageWasShort();
    assertThat(reserves.missingZones()).isEqualTo(4);
  }

  // ---- more data than fit beside the index

  @Test
  void theShareGrowsByNoMoreThanLiveDataLeave() {
    roomIs(20);
    unused = 3 * plan.zoneCapacityBytes();
    reserves.indexChanged(imageBeyondPlan(6));
    assertThat(share()).isEqualTo(plan.checkpointZones() + 3);
    assertThat(reserves.missingZones()).as("nobody waits for more").isZero();
    assertThat(reserves.isShort()).isTrue();
    assertThat(reserves.isOvercommitted()).isTrue();
    assertThat(reserves.excessBytes()).as("new data").isEqualTo(6 * plan.zoneCapacityBytes());
    unused = 6 * plan.zoneCapacityBytes();
    reserves.adjust();
    assertThat(share()).isEqualTo(plan.checkpointZones() + 6);
    assertThat(reserves.isOvercommitted()).isFalse();
  }

  /** What was given while there was more is given back. */
  @Test
  void theShareShrinksWhenLiveDataLeaveLess() {
    roomIs(20);
    reserves.indexChanged(imageBeyondPlan(6));
    unused = 2 * plan.zoneCapacityBytes();
    reserves.adjust();
    assertThat(share()).isEqualTo(plan.checkpointZones() + 2);
  }

  /** Without it the journal would grow until nothing can be written. */
  @Test
  void theNextImageHasZonesWhateverLiveDataLeave() throws IOException {
    roomIs(20);
    unused = -5 * plan.zoneCapacityBytes();
    reserves.imageBegins();
    reserves.indexChanged(imageBeyondPlan(8));
    int image = plan.zonesOfImage(reserves.imageBytes());
    storeZones(image);
    reserves.imageEnds(0);
    int next = share() - drive.allocator.checkpointZones();
    assertThat(next + plan.collectorZones()).isEqualTo(image);
    assertThat(reserves.missingZones()).isZero();
    assertThat(reserves.isOvercommitted()).isTrue();
  }

  /** Else it would never be tried with more. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void anImageThatWasLongerThanExpectedGetsMoreNextTimeWhateverLiveDataLeave(int left) {
    roomIs(20);
    unused = left * plan.zoneCapacityBytes();
    reserves.indexChanged(imageBeyondPlan(10));
    assertThat(reserves.isOvercommitted()).isTrue();
    int share = share();
    reserves.imageWasShort();
    assertThat(share()).isEqualTo(share + 2);
  }

  // ---- the collector's reserve

  @Test
  void theReserveOfTheCollectorIsMadeWholeOneByOne() throws IOException {
    drive.fillZone(ZoneStream.GC);
    drive.fillZone(ZoneStream.GC);
    assertThat(drive.allocator.collectorBorrowed()).isEqualTo(2);
    roomIs(2);
    reserves.adjust();
    assertThat(drive.allocator.collectorBorrowed())
        .as("more than two zones are needed")
        .isEqualTo(2);
    roomIs(3);
    reserves.adjust();
    assertThat(drive.allocator.collectorBorrowed()).isEqualTo(1);
    reserves.adjust();
    reserves.adjust();
    assertThat(drive.allocator.collectorBorrowed()).isZero();
  }

  @Test
  void itIsNotMadeWholeByWhatSomebodyWasPromisedMeanwhile() throws IOException {
    drive.fillZone(ZoneStream.GC);
    roomIs(3, -1);
    reserves.adjust();
    assertThat(drive.allocator.collectorBorrowed()).isEqualTo(1);
  }
}

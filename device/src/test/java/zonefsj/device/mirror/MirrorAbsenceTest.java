// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.device.mirror.PulledDrive.BLOCK;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.mirror.MemberState.Standing;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpec;

/** Members that are away when a mirror is used, closed or opened: what it serves, and what not. */
@Timeout(120)
final class MirrorAbsenceTest {
  private static final int ZONE = 256 << 10;
  private static final EmulatedGeometry SHAPE =
      EmulatedGeometry.builder(12L * ZONE).zoneSizeBytes(ZONE).build();

  private final PulledDrive one = new PulledDrive("/one", SHAPE);
  private final PulledDrive two = new PulledDrive("/two", SHAPE);
  private final PulledDrive three = new PulledDrive("/three", SHAPE);

  private static MirrorZonedDevice open(boolean degraded, PulledDrive... drives)
      throws IOException {
    MirrorZonedDevice mirror =
        MirrorZonedDevice.open(
            new ArrayList<>(List.of(drives)), false, degraded, Creation.IF_EMPTY, false);
    mirror.judgeBy(ZoneJudge.NONE);
    return mirror;
  }

  private static MirrorZonedDevice open(PulledDrive... drives) throws IOException {
    return open(false, drives);
  }

  private static MirrorZonedDevice look(PulledDrive... drives) throws IOException {
    return MirrorZonedDevice.open(new ArrayList<>(List.of(drives)), true, Creation.NONE);
  }

  private static ByteBuffer blocks(int count, int content) {
    byte[] bytes = new byte[count * BLOCK];
    Arrays.fill(bytes, (byte) content);
    return ByteBuffer.wrap(bytes);
  }

  private static int at(ZonedDevice device, int zone, int block) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    device.read(device.geometry().zoneStartBytes(zone) + (long) block * BLOCK, bytes);
    return bytes.get(0);
  }

  private static List<Standing> standings(MirrorZonedDevice mirror) {
    return mirror.members().stream().map(MemberState::standing).toList();
  }

  private static void requireSame(PulledDrive left, PulledDrive right) throws IOException {
    for (int zone = MirrorLabels.ZONES; zone < 12; zone++) {
      ZoneDescriptor report = left.ram().report(zone, 1).get(0);
      assertThat(right.ram().report(zone, 1).get(0).writtenBytes())
          .as("zone %d", zone)
          .isEqualTo(report.writtenBytes());
      for (int block = 0; block < report.writtenBytes() / BLOCK; block++) {
        assertThat(at(right.ram(), zone, block))
            .as("zone %d block %d", zone, block)
            .isEqualTo(at(left.ram(), zone, block));
      }
    }
  }

  @Test
  void aMemberThatWasPulledIsNotServedAlone() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(0, blocks(1, 1));
      mirror.flush();
      two.pull();
      mirror.append(0, blocks(1, 2));
      mirror.flush();
    }
    two.plugIn();
    one.pull();
    assertThatThrownBy(() -> open(one, two))
        .hasMessageContaining("/two may be old")
        .hasMessageContaining("/one (/one is away)")
        .hasMessageContaining("'mirror(/one,/two,degraded)'");
    try (MirrorZonedDevice old = look(one, two)) {
      assertThat(old.report(0, 1).get(0).writtenBytes()).isEqualTo(BLOCK);
      assertThat(StackedDevice.mayBeOlderThan(old)).isEqualTo("/one");
    }
    one.plugIn();
    two.pull();
    try (MirrorZonedDevice newest = look(one, two)) {
      assertThat(StackedDevice.mayBeOlderThan(newest)).isEmpty();
    }
    two.plugIn();
    try (MirrorZonedDevice both = open(one, two)) {
      both.awaitInStep();
      assertThat(standings(both)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      assertThat(at(both, 0, 1)).isEqualTo(2);
    }
    requireSame(one, two);
  }

  @Test
  void membersThatWereWrittenApartAreRefusedUntilOneIsEmptied() throws Exception {
    MirrorZonedDevice crashed = open(one, two);
    crashed.append(1, blocks(1, 1));
    crashed.flush();
    PulledDrive left = one.afterCrash();
    PulledDrive right = two.afterCrash();
    crashed.close();
    right.pull();
    try (MirrorZonedDevice mirror = open(true, left, right)) {
      mirror.append(0, blocks(1, 1));
      assertThat(StackedDevice.mayBeOlderThan(mirror)).isEmpty();
    }
    right.plugIn();
    left.pull();
    try (MirrorZonedDevice mirror = open(true, left, right)) {
      mirror.append(0, blocks(1, 2));
      left.plugIn();
      mirror.awaitInStep();
      assertThat(mirror.members().get(0).words()).contains("was written without the other");
    }
    assertThatThrownBy(() -> open(true, left, right))
        .hasMessageContaining("/one and /two were each written without the other")
        .hasMessageContaining("zone reset --force");
    PulledDrive emptied = new PulledDrive("/two", SHAPE);
    try (MirrorZonedDevice mirror = open(left, emptied)) {
      mirror.awaitInStep();
      assertThat(at(mirror, 0, 0)).isEqualTo(1);
    }
    requireSame(left, emptied);
  }

  /** What was compared and closed together is current, whichever of them is there. */
  @Test
  void eachMemberIsCurrentAfterACloseOfAll() throws Exception {
    MirrorZonedDevice crashed = open(one, two);
    crashed.append(0, blocks(1, 1));
    crashed.flush();
    PulledDrive left = one.afterCrash();
    PulledDrive right = two.afterCrash();
    crashed.close();
    left.pull();
    assertThatThrownBy(() -> open(left, right)).hasMessageContaining("/two may be old");
    left.plugIn();
    try (MirrorZonedDevice mirror = open(left, right)) {
      mirror.awaitInStep();
    }
    left.pull();
    try (MirrorZonedDevice mirror = open(left, right)) {
      mirror.append(0, blocks(1, 2));
    }
    left.plugIn();
    try (MirrorZonedDevice mirror = open(left, right)) {
      mirror.awaitInStep();
      assertThat(at(mirror, 0, 1)).isEqualTo(2);
    }
    requireSame(left, right);
  }

  /** Only the member that has answered is known to have what was read. */
  @Test
  void aMemberThatWasNotComparedBeforeACloseIsNotServedAlone() throws Exception {
    MirrorZonedDevice crashed = open(one, two);
    crashed.append(1, blocks(1, 1));
    PulledDrive left = one.afterCrash();
    PulledDrive right = two.afterCrash();
    crashed.close();
    left.ram().append(MirrorLabels.ZONES, blocks(1, 1));
    right.ram().append(MirrorLabels.ZONES, blocks(1, 2));
    MirrorZonedDevice.open(new ArrayList<>(List.of(left, right)), false, Creation.NONE).close();
    left.pull();
    assertThatThrownBy(() -> open(left, right))
        .hasMessageContaining("/two may be old: not all zones were known to be right")
        .hasMessageContaining("'mirror(/one,/two,degraded)'");
    // An open that changes nothing leaves no mark.
    open(true, left, right).close();
    left.plugIn();
    right.pull();
    // The other one is right in all zones.
    open(left, right).close();
    right.plugIn();
    try (MirrorZonedDevice mirror = open(left, right)) {
      mirror.awaitInStep();
      assertThat(at(mirror, 0, 0)).isEqualTo(1);
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
    }
    left.pull();
    try (MirrorZonedDevice mirror = open(left, right)) {
      assertThat(at(mirror, 0, 0)).isEqualTo(1);
    }
  }

  /** What was not compared before a close is compared after it. */
  @Test
  void aCloseKeepsWhatIsInDoubt() throws Exception {
    MirrorZonedDevice crashed = open(one, two);
    crashed.append(1, blocks(1, 1));
    PulledDrive left = one.afterCrash();
    PulledDrive right = two.afterCrash();
    crashed.close();
    left.ram().append(MirrorLabels.ZONES, blocks(1, 1));
    right.ram().append(MirrorLabels.ZONES, blocks(1, 2));
    MirrorZonedDevice.open(new ArrayList<>(List.of(left, right)), false, Creation.NONE).close();
    try (MirrorZonedDevice mirror = open(left, right)) {
      int served = at(mirror, 0, 0);
      mirror.awaitInStep();
      assertThat(at(mirror, 0, 0)).isEqualTo(served);
    }
    requireSame(left, right);
  }

  @Test
  void aMemberThatReturnsCopiesOnlyWhatItHasMissed() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      for (int zone = 0; zone < 8; zone++) {
        mirror.append(zone, blocks(32, zone));
        mirror.finish(zone);
      }
      mirror.flush();
      two.pull();
      mirror.append(8, blocks(4, 8));
      mirror.reset(3);
      mirror.flush();
      mirror.append(3, blocks(32, 9));
      mirror.finish(3);
      mirror.flush();
      two.plugIn();
      long before = two.readBytes();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      assertThat(two.readBytes() - before).isLessThan(2 * ZONE);
    }
    requireSame(one, two);
    two.pull();
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.reset(4);
      mirror.append(4, blocks(32, 10));
      mirror.finish(4);
    }
    two.plugIn();
    long before = two.readBytes();
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    assertThat(two.readBytes() - before).isLessThan(2 * ZONE);
    requireSame(one, two);
  }

  /** The zone is as long as before, and has other bytes. */
  @Test
  void aZoneThatWasResetIsMissedAlsoAfterACrash() throws Exception {
    MirrorZonedDevice mirror = open(one, two);
    mirror.append(0, blocks(4, 1));
    mirror.append(1, blocks(4, 1));
    mirror.append(2, blocks(64, 1));
    mirror.flush();
    two.pull();
    mirror.reset(0);
    mirror.append(0, blocks(4, 2));
    mirror.flush();
    // No flush covers it, and yet it is there after the crash.
    mirror.reset(2);
    PulledDrive left = one.afterCrash();
    PulledDrive right = two.afterCrash();
    mirror.close();
    try (MirrorZonedDevice alone = open(left, right)) {
      alone.reset(1);
      alone.append(1, blocks(4, 3));
      alone.append(2, blocks(64, 4));
      alone.flush();
      right.plugIn();
      alone.awaitInStep();
      assertThat(standings(alone)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    requireSame(left, right);
  }

  private static void flush(ZonedDevice device) {
    try {
      device.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it lacks is of no concern to others that are away. */
  @Test
  void aMemberThatLeavesBeforeItIsCurrentChangesNothingForOthers() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      for (int zone = 0; zone < 8; zone++) {
        mirror.append(zone, blocks(64, zone));
      }
      mirror.flush();
      three.pull();
      mirror.append(8, blocks(4, 8));
    }
    PulledDrive empty = new PulledDrive("/two", SHAPE);
    empty.beforeChange(empty::pull);
    try (MirrorZonedDevice mirror = open(one, empty, three)) {
      mirror.awaitInStep();
      assertThat(standings(mirror))
          .containsExactly(Standing.CURRENT, Standing.MISSING, Standing.MISSING);
      three.plugIn();
      long before = three.readBytes();
      mirror.awaitInStep();
      assertThat(standings(mirror))
          .containsExactly(Standing.CURRENT, Standing.MISSING, Standing.CURRENT);
      assertThat(three.readBytes() - before).isLessThan(2 * ZONE);
    }
    requireSame(one, three);
  }

  /** It would rest before it is tried again. */
  @Test
  void aMemberWhoseReturnHasFailedReturnsWhenItIsAdmitted() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(0, blocks(4, 1));
      mirror.flush();
      two.pull();
      mirror.append(1, blocks(4, 2));
      mirror.flush();
      two.plugIn();
      two.beforeChange(two::pull);
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      two.plugIn();
      mirror.admit();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    requireSame(one, two);
  }

  /** A flush of what went before does not cover a change that has not ended. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetIsMissedByAMemberThatLeavesMeanwhile(boolean fails) throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(0, blocks(64, 1));
      mirror.flush();
      if (fails) {
        two.beforeChange(
            () -> {
              flush(mirror);
              two.pull();
            });
      } else {
        // It is taken out by the flush.
        CountDownLatch flushed = new CountDownLatch(1);
        two.beforeChange(() -> await(flushed));
        one.beforeChange(
            () -> {
              two.pull();
              flush(mirror);
              flushed.countDown();
            });
      }
      mirror.reset(0);
      mirror.append(0, blocks(64, 2));
      mirror.flush();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      two.plugIn();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    requireSame(one, two);
  }

  /** A mount that is refused, and a command that only looks, leave nothing behind. */
  @Test
  void anOpenAloneSetsNoMemberApart() throws Exception {
    open(one, two).close();
    two.pull();
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.flush();
      mirror.awaitInStep();
    }
    two.plugIn();
    one.pull();
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(0, blocks(1, 1));
    }
    one.plugIn();
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.awaitInStep();
      assertThat(at(mirror, 0, 0)).isEqualTo(1);
    }
    requireSame(one, two);
  }

  @Test
  void anOldMemberIsOldHoweverOftenAnotherOneReturns() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      mirror.append(0, blocks(1, 1));
      mirror.flush();
      three.pull();
      mirror.append(0, blocks(1, 2));
      mirror.flush();
      for (int times = 0; times < 20; times++) {
        two.pull();
        mirror.append(0, blocks(1, 3));
        mirror.flush();
        two.plugIn();
        mirror.awaitInStep();
      }
      assertThat(standings(mirror))
          .containsExactly(Standing.CURRENT, Standing.CURRENT, Standing.MISSING);
    }
    three.plugIn();
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
    }
    requireSame(one, three);
  }

  private static MirrorLabel label(PulledDrive drive) throws IOException {
    return MirrorLabels.read(drive.ram()).orElseThrow();
  }

  /** One took the last label alone when the power failed; the others were then used without it. */
  @Test
  void whatWasAcknowledgedWithoutAMemberIsNewerThanItsLastLabel() throws Exception {
    MirrorZonedDevice mirror = open(one, two, three);
    mirror.append(0, blocks(1, 1));
    mirror.flush();
    PulledDrive second = two.afterCrash();
    PulledDrive third = three.afterCrash();
    mirror.close();
    PulledDrive first = one.afterCrash();
    first.pull();
    MirrorZonedDevice without = open(true, first, second, third);
    without.append(0, blocks(1, 2));
    without.flush();
    second = second.afterCrash();
    third = third.afterCrash();
    without.close();
    first.plugIn();
    assertThat(label(first).isInLine(label(second))).isFalse();
    assertThat(label(second).isInLine(label(first))).isTrue();
    assertThat(label(third).isInLine(label(first))).isTrue();
    try (MirrorZonedDevice all = open(first, second, third)) {
      all.awaitInStep();
      assertThat(standings(all)).containsOnly(Standing.CURRENT);
      assertThat(at(all, 0, 1)).isEqualTo(2);
    }
    requireSame(first, second);
  }

  private static void leaveAndReturn(MirrorZonedDevice mirror, PulledDrive drive) throws Exception {
    drive.pull();
    mirror.append(0, blocks(1, 4));
    mirror.flush();
    drive.plugIn();
    mirror.awaitInStep();
  }

  /** It did not take the first label of a mount, and the others have left and returned since. */
  @Test
  void aMemberIsOldThatFailedAtTheFirstLabel() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      mirror.append(0, blocks(1, 1));
    }
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      two.pull();
      mirror.append(0, blocks(1, 2));
      mirror.flush();
      leaveAndReturn(mirror, one);
      leaveAndReturn(mirror, three);
      two.plugIn();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
    }
    requireSame(one, two);
  }

  /** It took a label that another one did not take, and then left itself. */
  @Test
  void aMemberIsOldThatTookALabelWhichFailed() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      mirror.append(0, blocks(1, 1));
    }
    try (MirrorZonedDevice mirror = open(one, two, three)) {
      two.pull(one::pull);
      mirror.append(0, blocks(1, 2));
      mirror.flush();
      assertThat(standings(mirror))
          .containsExactly(Standing.MISSING, Standing.MISSING, Standing.CURRENT);
      two.plugIn();
      mirror.awaitInStep();
      leaveAndReturn(mirror, three);
      one.plugIn();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
    }
    requireSame(one, two);
  }

  @Test
  void aLabelOfAnotherVersionIsNamed() throws Exception {
    open(one, two).close();
    for (PulledDrive drive : List.of(one, two)) {
      for (int zone = 0; zone < MirrorLabels.ZONES; zone++) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        drive.ram().read((long) zone * ZONE, block);
        drive.ram().reset(zone);
        drive.ram().write((long) zone * ZONE, block.put(8, (byte) 1).flip());
      }
    }
    assertThatThrownBy(() -> open(one, two))
        .hasMessageContaining(
            "has the label of a mirror of version 1, and only version 2 is known");
    MirrorZonedDevice.open(List.of(one, two), false, Creation.ERASE).close();
    open(one, two).close();
  }

  @Test
  void aForeignMemberIsLeftOut() throws Exception {
    open(one, two, three).close();
    PulledDrive foreign = new PulledDrive("/foreign", SHAPE);
    open(foreign, new PulledDrive("/other", SHAPE)).close();
    try (MirrorZonedDevice mirror = open(one, two, foreign)) {
      mirror.awaitInStep();
      assertThat(standings(mirror))
          .containsExactly(Standing.CURRENT, Standing.CURRENT, Standing.MISSING);
      assertThat(mirror.members().get(2).words()).contains("it is member 1 of 2 of mirror");
    }
  }

  /** Also of a zone of which the second member has more. */
  @Test
  void aReadOnlyMirrorShowsWhatAWritableOneMakes() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(0, blocks(2, 1));
      mirror.append(1, blocks(2, 1));
    }
    two.ram().append(MirrorLabels.ZONES, blocks(1, 2));
    one.ram().append(MirrorLabels.ZONES + 1, blocks(1, 3));
    two.ram().finish(MirrorLabels.ZONES + 2);
    List<ZoneDescriptor> shown;
    try (MirrorZonedDevice mirror = look(one, two)) {
      shown = mirror.report(0, 10);
      assertThat(shown.get(0).writtenBytes()).isEqualTo(3 * BLOCK);
      assertThat(at(mirror, 0, 2)).isEqualTo(2);
      assertThat(at(mirror, 1, 2)).isEqualTo(3);
      // The other member has no answer, and gives none.
      two.spoil(0, 2);
      assertThatThrownBy(() -> at(mirror, 0, 2)).isInstanceOf(IOException.class);
      two.spoil(0, 63);
    }
    try (MirrorZonedDevice mirror = open(one, two)) {
      assertThat(mirror.report(0, 10)).isEqualTo(shown);
      assertThat(at(mirror, 0, 2)).isEqualTo(2);
    }
    requireSame(one, two);
  }

  /** Each block has a good copy; no member has all of them. */
  @Test
  void twoBadBlocksInOneZoneAreLeftToTheFilesystem() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(3, blocks(40, 7));
      mirror.flush();
      one.spoil(3, 10);
      two.spoil(3, 20);
      for (int block = 0; block < 40; block++) {
        assertThat(at(mirror, 3, block)).isEqualTo(7);
      }
      mirror.awaitInStep();
      assertThat(mirror.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
      assertThat(mirror.members().get(1).words()).contains("right where another member is wrong");
      assertThatThrownBy(() -> mirror.eject(mirror.members().get(1).name()))
          .hasMessageContaining("run 'zonefs-j scrub'");
      assertThat(standings(mirror)).containsOnly(Standing.CURRENT);
      for (PulledDrive drive : List.of(one, two)) {
        // It is not active in the mirror, so it must not be on a member.
        assertThat(drive.ram().report(MirrorLabels.ZONES + 3, 1).get(0).condition())
            .isEqualTo(ZoneCondition.FULL);
      }
      for (int block = 0; block < 40; block++) {
        assertThat(at(mirror, 3, block)).isEqualTo(7);
      }
      long before = one.readBytes() + two.readBytes();
      mirror.awaitInStep();
      mirror.awaitInStep();
      assertThat(one.readBytes() + two.readBytes()).isEqualTo(before);
    }
    // The filesystem has moved its data, and writes the zone again before anything is compared.
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(one, two), false, Creation.NONE)) {
      mirror.reset(3);
      mirror.append(3, blocks(40, 8));
      mirror.flush();
      mirror.awaitInStep();
      assertThat(mirror.members().get(1).words()).isEqualTo("current");
    }
    requireSame(one, two);
  }

  /** One bad block alone is mended from the other member. */
  @Test
  void aMemberWithABadBlockIsMended() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(3, blocks(40, 7));
      mirror.flush();
      one.spoil(3, 10);
      assertThat(at(mirror, 3, 10)).isEqualTo(7);
      mirror.readCopy(1, 3L * ZONE, ByteBuffer.allocate(BLOCK));
      two.pull();
      two.plugIn();
      for (int copy = 0; copy < 2; copy++) {
        int asked = copy;
        try {
          mirror.readCopy(asked, 3L * ZONE + 10 * BLOCK, ByteBuffer.allocate(BLOCK));
        } catch (IOException isMended) {
          assertThat(asked).isZero();
        }
      }
      mirror.awaitInStep();
      assertThat(mirror.report(3, 1).get(0).condition()).isNotEqualTo(ZoneCondition.READ_ONLY);
    }
    requireSame(one, two);
  }

  /** The only member that has everything cannot give all of a zone to a new one. */
  @Test
  void aNewMemberIsNotTriedForEverWhereTheOldOneCannotBeRead() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(3, blocks(40, 7));
      mirror.append(4, blocks(40, 8));
    }
    one.spoil(3, 10);
    PulledDrive empty = new PulledDrive("/two", SHAPE);
    try (MirrorZonedDevice mirror = open(one, empty)) {
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.BEHIND);
      assertThat(mirror.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      long before = one.readBytes() + empty.readBytes();
      mirror.awaitInStep();
      assertThat(one.readBytes() + empty.readBytes()).isEqualTo(before);
      assertThat(at(mirror, 3, 9)).isEqualTo(7);
      assertThat(at(mirror, 4, 9)).isEqualTo(8);
    }
  }

  /** It failed while another member was away, which must have its data before it is current. */
  @Test
  void aMemberThatReturnsGetsAZoneThatHasFailedMeanwhile() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      mirror.append(3, blocks(1, 1));
      one.pull();
      mirror.append(3, blocks(10, 7));
      mirror.flush();
      two.ram().setReadOnly(MirrorLabels.ZONES + 3);
      assertThat(mirror.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      one.plugIn();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      // It is not active in the mirror, so it must not be on a member.
      assertThat(one.ram().report(MirrorLabels.ZONES + 3, 1).get(0).condition())
          .isEqualTo(ZoneCondition.FULL);
      two.pull();
      assertThat(at(mirror, 3, 10)).isEqualTo(7);
      assertThat(at(mirror, 3, 0)).isEqualTo(1);
    }
  }

  /** If it cannot be read, the member that returns is not current. */
  @Test
  void aMemberIsNotCurrentWithoutAZoneThatAnotherOneHas() throws Exception {
    try (MirrorZonedDevice mirror = open(one, two)) {
      one.pull();
      mirror.append(3, blocks(10, 7));
      mirror.flush();
      two.spoil(3, 5);
      two.ram().setReadOnly(MirrorLabels.ZONES + 3);
      assertThat(mirror.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      one.plugIn();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.BEHIND, Standing.CURRENT);
      assertThat(one.ram().report(MirrorLabels.ZONES + 3, 1).get(0).condition().isActive())
          .isFalse();
      assertThat(at(mirror, 3, 9)).isEqualTo(7);
    }
  }

  @Test
  void aZoneThatHasFailedIsReadFromTheMemberThatHasData() throws Exception {
    open(one, two).close();
    two.ram().append(MirrorLabels.ZONES + 4, blocks(2, 7));
    two.ram().setReadOnly(MirrorLabels.ZONES + 4);
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(one, two), false, Creation.NONE)) {
      assertThat(at(mirror, 4, 1)).isEqualTo(7);
      mirror.awaitInStep();
      two.pull();
      assertThat(at(mirror, 4, 1)).isEqualTo(7);
    }
  }

  @Test
  void degradedIsAnOptionAndNotADrive() throws Exception {
    DeviceSpec spec = DeviceSpec.parse("mirror(/a,degraded,/b)");
    assertThat(spec.parts()).hasSize(2);
    assertThat(spec).hasToString("mirror(/a,/b,degraded)");
    assertThat(DeviceSpec.parse(spec.toString())).isEqualTo(spec);
    DeviceSpec named = DeviceSpec.parse("mirror(/a,\"degraded\")");
    assertThat(named.parts()).hasSize(2);
    assertThat(DeviceSpec.parse(named.toString())).isEqualTo(named);
    assertThatThrownBy(() -> DeviceSpec.parse("mirror(/a,degraded)"))
        .hasMessageContaining("needs at least 2 drives");
  }
}

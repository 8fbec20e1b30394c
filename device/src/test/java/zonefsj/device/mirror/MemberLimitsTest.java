// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/** A mirror continues without a member that does not answer, or fails in any way of its own. */
@Timeout(60)
final class MemberLimitsTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 64 << 10;
  private static final EmulatedGeometry SHAPE =
      EmulatedGeometry.builder(10L * ZONE).zoneSizeBytes(ZONE).build();

  private final SilentDrive one = new SilentDrive("one", SHAPE);
  private final SilentDrive two = new SilentDrive("two", SHAPE);

  @AfterEach
  void release() {
    one.answer();
    two.answer();
  }

  private MirrorZonedDevice create() throws Exception {
    MirrorZonedDevice mirror = MirrorZonedDevice.open(List.of(one, two), false, Creation.IF_EMPTY);
    for (int zone = 0; zone < 4; zone++) {
      mirror.append(zone, block(zone + 1));
    }
    mirror.flush();
    mirror.awaitInStep();
    return mirror;
  }

  private static ByteBuffer block(int content) {
    byte[] bytes = new byte[BLOCK];
    Arrays.fill(bytes, (byte) content);
    return ByteBuffer.wrap(bytes);
  }

  private static void requireContent(ZonedDevice device) throws IOException {
    for (int zone = 0; zone < 4; zone++) {
      ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
      device.read((long) zone * ZONE, bytes);
      assertThat(bytes.flip()).isEqualTo(block(zone + 1));
    }
  }

  private static void requireCurrent(MirrorZonedDevice mirror) throws Exception {
    mirror.awaitInStep();
    assertThat(mirror.members()).allMatch(m -> m.standing() == MemberState.Standing.CURRENT);
  }

  private static FutureTask<Boolean> start(Step step) {
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              step.run();
              return true;
            });
    Thread thread = new Thread(task, "access");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** Something that can wait. */
  private interface Step {
    void run() throws Exception;
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"UNAVAILABLE", "FENCED", "LAYER_FULL", "MEDIA", "REMOVED", "FLUSH_FAILED"})
  void aMemberThatFailsIsLeftOut(Reason reason) throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.goAway();
      one.fail(new DeviceException(reason, -1, "it fails by " + reason));
      mirror.append(0, block(7));
      mirror.flush();
      requireContent(mirror);
      assertThat(mirror.members().get(0).standing()).isEqualTo(MemberState.Standing.MISSING);
      one.answer();
      requireCurrent(mirror);
    }
  }

  /** Also by an exception of the system. */
  @Test
  void aMemberThatFailsAFlushIsLeftOut() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      mirror.append(0, block(7));
      one.goAway();
      one.fail(new IOException("connection reset"));
      mirror.flush();
      assertThat(mirror.members().get(0).standing()).isEqualTo(MemberState.Standing.MISSING);
      requireContent(mirror);
    }
  }

  @Test
  void aHostWithoutMemoryCostsNoMember() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.fail(new DeviceException(Reason.HOST_SHORTAGE, -1, "no memory"));
      assertThatThrownBy(() -> mirror.append(0, block(7)))
          .isInstanceOfSatisfying(
              DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.HOST_SHORTAGE));
      one.answer();
      requireContent(mirror);
      requireCurrent(mirror);
    }
  }

  /** It stays a member: what it holds is as good as before. */
  @Test
  void anotherMemberAnswersWhatOneDoesNot() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.hang();
      requireContent(mirror);
      one.setSilentMillis(SilentDrive.LIMIT_MILLIS - 1);
      requireContent(mirror);
      assertThat(mirror.members().get(0).standing()).isEqualTo(MemberState.Standing.CURRENT);
      one.answer();
      requireContent(mirror);
      assertThat(mirror.members().get(0).words()).isEqualTo("current");
    }
  }

  /** The other one has lost it. */
  @Test
  void aReadWaitsForTheOnlyMemberThatHasTheBytes() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.hang();
      two.setBadZone(MirrorLabels.ZONES + 2);
      FutureTask<Boolean> read = start(() -> requireContent(mirror));
      while (mirror.members().get(1).failedReads() == 0) {
        Thread.sleep(10);
      }
      one.answer();
      assertThat(read.get()).isTrue();
    }
  }

  @Test
  void changesThatAMemberDoesNotTakeEndWithoutIt() throws Exception {
    MirrorZonedDevice mirror = create();
    one.hang();
    one.goAway();
    List<FutureTask<Boolean>> changes = new ArrayList<>();
    for (int at = 0; at < 4; at++) {
      int zone = at;
      changes.add(start(() -> mirror.append(zone, block(7))));
    }
    changes.add(start(mirror::flush));
    one.setSilentMillis(SilentDrive.LIMIT_MILLIS);
    for (FutureTask<Boolean> change : changes) {
      assertThat(change.get()).isTrue();
    }
    mirror.flush();
    MemberState state = mirror.members().get(0);
    assertThat(state.standing()).isEqualTo(MemberState.Standing.MISSING);
    assertThat(state.words()).contains("has not answered for 300 s").doesNotContain("null");
    requireContent(mirror);
    // Although a request of it hangs.
    mirror.close();
  }

  /** Without any access of the mirror. */
  @Test
  void aMemberIsLeftOutAfterItsLimitAndComesBack() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.goAway();
      one.setSilentMillis(SilentDrive.LIMIT_MILLIS);
      while (mirror.members().get(0).standing() != MemberState.Standing.MISSING) {
        Thread.sleep(10);
      }
      mirror.append(0, block(7));
      mirror.flush();
      one.answer();
      requireCurrent(mirror);
    }
    two.goAway();
    try (MirrorZonedDevice alone =
        MirrorZonedDevice.open(List.of(one, two), false, Creation.NONE)) {
      assertThat(alone.report(0, 1).get(0).writtenBytes()).isEqualTo(2 * BLOCK);
    }
  }

  /** A clock goes on while the process is stopped, and the drive cannot answer then. */
  @Test
  void anAccessGivesUpOnlyAfterItHasWaitedItself() throws Exception {
    LimitedMember member =
        new LimitedMember(one, SilentDrive.LIMIT_MILLIS, SilentDrive.LIMIT_MILLIS);
    one.hang();
    one.setSilentMillis(2 * SilentDrive.LIMIT_MILLIS);
    FutureTask<Boolean> flush = start(member::flush);
    int before = one.silenceLooks.get();
    while (one.silenceLooks.get() < before + 5 && !flush.isDone()) {
      Thread.sleep(10);
    }
    one.answer();
    assertThat(flush.get()).isTrue();
    member.close();
  }

  /** The member would be left out much later. */
  @Test
  void aCloseDoesNotWaitForACopyFromAMemberThatDoesNotAnswer() throws Exception {
    int zone = MirrorLabels.ZONES + 2;
    MirrorZonedDevice mirror = create();
    CountDownLatch judged = new CountDownLatch(1);
    AtomicInteger before = new AtomicInteger();
    mirror.judgeBy(
        (number, length, copy, other) -> {
          one.hang();
          one.setSilentMillis(SilentDrive.LIMIT_MILLIS / 2);
          before.set(one.accesses.get());
          judged.countDown();
          other.read(0, ByteBuffer.allocate(BLOCK));
          return false;
        });
    one.setBadZone(zone);
    assertThatThrownBy(() -> mirror.readCopy(0, 2L * ZONE, ByteBuffer.allocate(BLOCK)))
        .isInstanceOf(IOException.class);
    judged.await();
    while (one.accesses.get() == before.get()) {
      Thread.sleep(10);
    }
    mirror.close();
    assertThat(MirrorLabels.read(two).orElseThrow().closed()).isTrue();
    requireContentOf(two);
  }

  /** It may have the only right copy. */
  @Test
  void aMemberThatDoesNotAnswerIsNotTakenForOneThatDiffers() throws Exception {
    int zone = MirrorLabels.ZONES + 2;
    DeviceException away = new DeviceException(Reason.UNAVAILABLE, -1, "it is away");
    try (MirrorZonedDevice mirror = create()) {
      AtomicInteger judged = new AtomicInteger();
      mirror.judgeBy(
          (number, length, copy, other) -> {
            judged.incrementAndGet();
            two.setBadZone(zone, away);
            other.read(0, ByteBuffer.allocate(BLOCK));
            return false;
          });
      two.goAway();
      two.setBadZone(zone, away);
      leaveOutAfterRead(mirror);
      assertThat(judged).hasValue(0);
      two.answer();
      requireCurrent(mirror);
      // It differs, and is away when it is judged.
      two.goAway();
      two.setWrongZone(zone);
      two.setBadZone(zone);
      leaveOutAfterRead(mirror);
      assertThat(judged).hasValue(1);
      two.answer();
      requireContent(mirror);
    }
  }

  /** A read of the second member fails, and a comparison of that zone takes it out unchanged. */
  private void leaveOutAfterRead(MirrorZonedDevice mirror) throws Exception {
    MemberState.Standing before = mirror.members().get(1).standing();
    assertThat(before).isEqualTo(MemberState.Standing.CURRENT);
    int resets = two.resets.get();
    assertThatThrownBy(() -> mirror.readCopy(1, 2L * ZONE, ByteBuffer.allocate(BLOCK)))
        .isInstanceOf(IOException.class);
    mirror.awaitInStep();
    assertThat(mirror.members().get(1).standing()).isEqualTo(MemberState.Standing.MISSING);
    assertThat(two.resets.get()).isEqualTo(resets);
  }

  /** What hangs takes a bounded number of threads. */
  @Test
  void hangingReadsAreBounded() throws Exception {
    try (MirrorZonedDevice mirror = create()) {
      one.hang();
      List<FutureTask<Boolean>> reads = new ArrayList<>();
      for (int at = 0; at < 100; at++) {
        reads.add(start(() -> requireContent(mirror)));
      }
      for (FutureTask<Boolean> read : reads) {
        assertThat(read.get()).isTrue();
      }
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("mirror-member"))
              .count();
      assertThat(threads).isLessThanOrEqualTo(2L * LimitedMember.MAX_UNDER_WAY);
      one.answer();
    }
  }

  /** Each look of a mirror, and each mount, would take it from its owner. */
  @Test
  void aDriveOfOthersIsLookedAtAndNotClaimed() throws Exception {
    create().close();
    SilentDrive foreign = new SilentDrive("foreign", SHAPE);
    foreign.append(0, block(9));
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(one, foreign), false, Creation.NONE)) {
      for (int at = 0; at < 3; at++) {
        mirror.awaitInStep();
      }
      assertThat(mirror.members().get(1).words()).contains(MirrorSync.NO_MEMBER);
      assertThat(foreign.looks.get()).isGreaterThanOrEqualTo(3);
    }
    assertThat(foreign.claims.get()).isZero();
    SilentDrive three = new SilentDrive("three", SHAPE);
    SilentDrive four = new SilentDrive("four", SHAPE);
    MirrorZonedDevice.open(List.of(three, four), false, Creation.IF_EMPTY).close();
    int before = four.claims.get() + one.claims.get();
    assertThatThrownBy(() -> MirrorZonedDevice.open(List.of(one, four), false, Creation.NONE))
        .hasMessageContaining("four is member 2 of 2 of mirror");
    assertThat(four.claims.get() + one.claims.get()).isEqualTo(before);
  }

  /** An open would claim it. */
  @Test
  void aMemberThatCannotBeLookedAtIsNotClaimed() throws Exception {
    create().close();
    two.failLooks(new IOException("the server refuses this key"));
    int before = two.claims.get();
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(one, two), false, Creation.NONE)) {
      assertThat(mirror.members().get(1).words()).contains("the server refuses this key");
      for (int at = 0; at < 3; at++) {
        mirror.awaitInStep();
      }
      assertThat(mirror.members().get(1).words()).contains("the server refuses this key");
      assertThat(two.claims.get()).isEqualTo(before);
      two.failLooks(DeviceSpecException.ofNothing("there is nothing"));
      requireCurrent(mirror);
    }
  }

  /** Each open takes threads and memory, which end with what hangs. */
  @Test
  void aMemberWhoseLabelHangsIsOpenedOnce() throws Exception {
    two.closeAlways();
    try (MirrorZonedDevice mirror = create()) {
      two.goAway();
      two.fail(new IOException("it is gone"));
      mirror.append(0, block(7));
      mirror.flush();
      two.hang();
      two.setSilentMillis(SilentDrive.LIMIT_MILLIS);
      int before = two.looks.get();
      two.comeBack();
      for (int at = 0; at < 4; at++) {
        mirror.awaitInStep();
      }
      assertThat(two.looks.get() - before).isEqualTo(1);
      assertThat(mirror.members().get(1).words()).contains("it does not answer");
      two.answer();
      requireCurrent(mirror);
    }
  }

  /** An empty one may take the place of a member. */
  @Test
  void anEmptyDriveIsClaimed() throws Exception {
    create().close();
    SilentDrive empty = new SilentDrive("two", SHAPE);
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(one, empty), false, Creation.NONE)) {
      requireCurrent(mirror);
    }
    requireContentOf(empty);
  }

  private static void requireContentOf(SilentDrive member) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    member.read((long) MirrorLabels.ZONES * ZONE, bytes);
    assertThat(bytes.flip()).isEqualTo(block(1));
  }
}

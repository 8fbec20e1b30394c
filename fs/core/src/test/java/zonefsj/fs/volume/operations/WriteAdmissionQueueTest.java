// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.TestThread;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** Who waits for room gets it in his turn, and who is refused leaves nothing behind. */
class WriteAdmissionQueueTest {
  private static final int ZONES = 30;
  private static final long ZONE_BYTES = 256 << 10;
  private static final int BYTES = 4096;

  /** Does for a writer what the test says, and notes it. */
  private static final class Helper implements WriteAdmission.Reclaimer {
    interface Step {
      boolean run() throws InterruptedException;
    }

    volatile Step makeRoom = () -> false;
    volatile Step throttle = () -> false;
    volatile Step awaitWriters = () -> false;
    Runnable commit = () -> {};
    Runnable shrink = () -> {};
    int deletionsToCome;
    long largeDeletions;
    long largeDeleted;
    volatile boolean isCheckpointHeldUp;
    final List<String> calls = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void checkDriveNow() {
      // It takes everything.
    }

    @Override
    public boolean makeRoom() throws InterruptedException {
      calls.add("make room");
      return makeRoom.run();
    }

    @Override
    public boolean isCheckpointHeldUp() {
      return isCheckpointHeldUp;
    }

    @Override
    public void awaitWriters() throws InterruptedException {
      awaitWriters.run();
    }

    @Override
    public void commitPending() {
      calls.add("commit");
      commit.run();
    }

    @Override
    public void shrinkMetadata() {
      calls.add("shrink");
      shrink.run();
    }

    @Override
    public long largeDeletions() {
      return largeDeletions;
    }

    @Override
    public boolean isDeleting(long first) {
      return largeDeleted < first;
    }

    @Override
    public long deletions() {
      return 0;
    }

    @Override
    public boolean awaitDeletion(long seen, BooleanSupplier mayWait) {
      calls.add("await");
      return deletionsToCome-- > 0;
    }

    @Override
    public void throttle(long bytes) throws InterruptedException {
      throttle.run();
    }
  }

  private final RamZonedDevice device;
  private final ZoneUsage usage = new ZoneUsage(ZONES);
  private final ZoneAllocator allocator;
  private final SpacePlan plan;
  private final ChunkWriter chunks;
  private final SpaceAccount account;
  private final Helper helper = new Helper();
  private final WriteAdmission admission;
  private long nowNanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(1);

  WriteAdmissionQueueTest() throws IOException {
    device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
    allocator = new ZoneAllocator(device, device.report(0, ZONES), 1);
    allocator.open(0, ZoneStream.SUPERBLOCK);
    allocator.open(1, ZoneStream.SUPERBLOCK);
    plan = SpacePlan.of(device.geometry(), device.report(0, ZONES), 1);
    chunks = new ChunkWriter(device, new UUID(6, 6), 1, allocator, usage, InstantSource.system());
    DirtyMemory memory = new DirtyMemory(64 << 20, 1 << 20, () -> 0, () -> false);
    account = new SpaceAccount(plan, allocator, usage, chunks, memory);
    admission = new WriteAdmission(account, helper, () -> nowNanos);
  }

  @AfterEach
  void close() throws IOException {
    chunks.close();
    device.close();
  }

  /** All the room that there is, but less than some bytes. */
  private SpaceAccount.Grant takeAllRoom() {
    long low = 0;
    long high = ZONES * ZONE_BYTES;
    while (high - low > 16) {
      long middle = (low + high) / 2;
      if (account.hasRoomFor(middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return grantRoom(low);
  }

  private SpaceAccount.Grant grantRoom(long bytes) {
    SpaceAccount.Grant grant = account.nothing();
    assertThat(grant.tryAddRoom(bytes)).as("room").isTrue();
    return grant;
  }

  /** Live data take all that is free but some bytes. */
  private void leaveFree(long bytes) {
    usage.setLiveBytes(5, usage.liveBytes(5) + account.freeBytes() - bytes);
  }

  private void assertThatItIsRefused(int bytes, int overwritten) {
    assertThatThrownBy(() -> admission.awaitRoom(bytes, () -> overwritten))
        .isInstanceOfSatisfying(
            ErrnoException.class, full -> assertThat(full.errno()).isEqualTo(Errno.ENOSPC));
  }

  // ---- the line

  @Test
  void whoComesFirstIsServedFirst() throws Exception {
    SpaceAccount.Grant all = takeAllRoom();
    CountDownLatch room = new CountDownLatch(1);
    helper.makeRoom =
        () -> {
          room.await();
          // There was nothing to collect: what others were granted comes back.
          return false;
        };
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    List<TestThread> writers = new ArrayList<>();
    for (int writer = 0; writer < 5; writer++) {
      int number = writer;
      // Each takes all: nobody is served before the one before him has told so.
      int most = (int) all.bytes();
      TestThread thread =
          new TestThread(
              "writer " + number,
              () -> {
                SpaceAccount.Grant grant = admission.awaitRoom(most, () -> most);
                served.add(number);
                grant.close();
              });
      thread.awaitWaiting();
      writers.add(thread);
    }
    all.close();
    room.countDown();
    for (TestThread writer : writers) {
      writer.finish();
    }
    assertThat(served).containsExactly(0, 1, 2, 3, 4);
  }

  /** Small writes one after the other would let a large one wait for ever. */
  @Test
  void aSmallWriteDoesNotOvertakeALargeOne() throws Exception {
    SpaceAccount.Grant all = takeAllRoom();
    int most = (int) all.bytes();
    all.close();
    SpaceAccount.Grant half = grantRoom(most / 2);
    CountDownLatch room = new CountDownLatch(1);
    helper.makeRoom =
        () -> {
          room.await();
          // There was nothing to collect: what others were granted comes back.
          return false;
        };
    TestThread large = new TestThread("large", () -> admission.awaitRoom(most, () -> most).close());
    large.awaitWaiting();
    assertThat(account.hasRoomFor(1)).isTrue();
    TestThread small = new TestThread("small", () -> admission.awaitRoom(1, () -> 0).close());
    small.awaitWaiting();
    half.close();
    room.countDown();
    large.finish();
    small.finish();
    assertThat(account.grantedRoomBytes()).isZero();
  }

  @Test
  void whoFindsRoomAsksNobody() throws Exception {
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(helper.calls).isEmpty();
  }

  /** What others were granted is on its way to a zone, which can be collected then. */
  @Test
  void nobodyIsRefusedWhileOthersAreOnTheirWay() throws Exception {
    SpaceAccount.Grant all = takeAllRoom();
    int[] rounds = {0};
    helper.makeRoom =
        () -> {
          if (++rounds[0] == 10) {
            all.close();
          }
          return false;
        };
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(rounds[0]).isEqualTo(10);
  }

  // ---- the zones of a checkpoint

  /** Else the journal would grow into the zones with which the collector makes room for it. */
  @Test
  void nobodyWritesWhileACheckpointLacksZones() throws Exception {
    helper.isCheckpointHeldUp = true;
    int[] collected = {0};
    helper.makeRoom = () -> ++collected[0] > 0;
    helper.commit = () -> helper.isCheckpointHeldUp = collected[0] < 3;
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(collected[0]).isEqualTo(3);
    helper.isCheckpointHeldUp = true;
    admission.checkRoomForMetadata();
    assertThat(helper.isCheckpointHeldUp).isFalse();
  }

  @Test
  void whatWouldWaitForItForLongIsRefused() throws Exception {
    helper.isCheckpointHeldUp = true;
    helper.makeRoom =
        () -> {
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          return true;
        };
    assertThatItIsRefused(BYTES, BYTES);
    assertThat(helper.calls).hasSizeLessThan(20);
    assertThatThrownBy(admission::checkRoomForMetadata).isInstanceOf(ErrnoException.class);
    helper.isCheckpointHeldUp = false;
    admission.awaitRoom(BYTES, () -> 0).close();
  }

  /** Else sixteen writers would wait for a minute. */
  @Test
  void whoWaitsBehindAWriterThatIsRefusedIsRefusedAtOnce() throws Exception {
    helper.isCheckpointHeldUp = true;
    List<TestThread> second = new ArrayList<>();
    Thread first = Thread.currentThread();
    List<String> triesOfSecond = Collections.synchronizedList(new ArrayList<>());
    helper.makeRoom =
        () -> {
          if (Thread.currentThread() != first) {
            triesOfSecond.add("make room");
          } else if (second.isEmpty()) {
            TestThread behind = new TestThread("behind", () -> assertThatItIsRefused(BYTES, BYTES));
            behind.awaitWaiting();
            second.add(behind);
          }
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          return true;
        };
    assertThatItIsRefused(BYTES, BYTES);
    second.get(0).finish();
    assertThat(triesOfSecond).isEmpty();
  }

  // ---- ENOSPC

  @Test
  void whoFindsNoRoomLeavesNothingBehind() throws Exception {
    List<Integer> zones = new ArrayList<>();
    while (allocator.freeDataZones() > 0) {
      ZoneHandle handle = allocator.allocate(ZoneStream.HOT).orElseThrow();
      handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
      handle.close();
      zones.add(handle.zone());
    }
    long before = account.freeBytes();
    assertThatItIsRefused(BYTES, 0);
    assertThat(helper.calls).contains("make room", "commit");
    assertThat(account.freeBytes()).isEqualTo(before);
    assertThat(account.grantedRoomBytes()).isZero();
    TestThread next = new TestThread("next", () -> assertThatItIsRefused(BYTES, 0));
    next.finish();
    allocator.reset(zones.get(0));
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(account.freeBytes()).isEqualTo(before);
  }

  @Test
  void anInterruptedWriterLeavesNothingBehind() throws Exception {
    long free = account.freeBytes();
    helper.throttle =
        () -> {
          throw new InterruptedException("unmount");
        };
    assertThatThrownBy(() -> admission.awaitRoom(BYTES, () -> 0))
        .isInstanceOf(InterruptedException.class);
    assertThat(account.freeBytes()).isEqualTo(free);
    helper.throttle = () -> false;
    SpaceAccount.Grant all = takeAllRoom();
    helper.makeRoom =
        () -> {
          throw new InterruptedException("unmount");
        };
    assertThatThrownBy(() -> admission.awaitRoom(BYTES, () -> 0))
        .isInstanceOf(InterruptedException.class);
    all.close();
    assertThat(account.freeBytes()).isEqualTo(free);
    admission.awaitRoom(BYTES, () -> 0).close();
  }

  @Test
  void aFullDriveIsCommittedOnceMoreBeforeItIsCalledFull() throws Exception {
    leaveFree(BYTES - 1);
    assertThatItIsRefused(BYTES, 0);
    assertThat(helper.calls).containsExactly("commit", "await");
    assertThat(account.freeBytes()).isEqualTo(BYTES - 1);
    helper.commit = () -> usage.setLiveBytes(5, 0);
    admission.awaitRoom(BYTES, () -> 0).close();
  }

  /** The kernel lets go of a deleted file a moment after the application did. */
  @Test
  void deletionsThatAreUnderWayAreAwaited() throws Exception {
    leaveFree(0);
    helper.deletionsToCome = 3;
    int[] commits = {0};
    helper.commit =
        () -> {
          if (++commits[0] == 3) {
            usage.setLiveBytes(5, 0);
          }
        };
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(helper.calls).containsExactly("commit", "await", "commit", "await", "commit");
  }

  /** Small files end all the time; the large one was deleted before the request began. */
  @Test
  void aLargeDeletionThatWasRequestedBeforeIsAwaitedToItsEnd() throws Exception {
    leaveFree(0);
    helper.deletionsToCome = 1000;
    helper.largeDeletions = 1;
    int[] commits = {0};
    helper.commit =
        () -> {
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          // Those that come later do not extend the wait.
          helper.largeDeletions++;
          if (++commits[0] == 60) {
            helper.largeDeleted = 1;
            usage.setLiveBytes(5, 0);
          }
        };
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(commits[0]).isEqualTo(60);
  }

  @Test
  void largeDeletionsWithoutAnEndAreNotAwaitedForEver() throws Exception {
    leaveFree(0);
    helper.deletionsToCome = 1000;
    helper.largeDeletions = 1;
    helper.commit =
        () -> {
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          helper.largeDeletions++;
          helper.largeDeleted++;
        };
    assertThatItIsRefused(BYTES, 0);
    assertThat(Collections.frequency(helper.calls, "commit")).isBetween(5, 10);
  }

  /** Others create and delete files, so that there is always one that ends soon. */
  @Test
  void deletionsWithoutAnEndAreNotAwaitedForEver() throws Exception {
    leaveFree(0);
    helper.deletionsToCome = 1000;
    helper.commit = () -> nowNanos += TimeUnit.MILLISECONDS.toNanos(200);
    assertThatItIsRefused(BYTES, 0);
    assertThat(Collections.frequency(helper.calls, "commit")).isBetween(20, 30);
    helper.calls.clear();
    assertThat(admission.hasSpaceFor(BYTES, () -> 0)).isFalse();
    assertThat(Collections.frequency(helper.calls, "commit")).isBetween(20, 30);
  }

  /** Others have always some room that is granted and not used yet. */
  @Test
  void grantsWithoutAnEndAreNotAwaitedForEver() throws Exception {
    int[] rounds = {0};
    helper.makeRoom =
        () -> {
          nowNanos += TimeUnit.MILLISECONDS.toNanos(100);
          assertThat(++rounds[0]).isLessThan(1000);
          return false;
        };
    try (SpaceAccount.Grant all = takeAllRoom()) {
      assertThatItIsRefused(BYTES, 0);
      assertThat(account.grantedRoomBytes()).isEqualTo(all.bytes());
    }
    assertThat(rounds[0]).isGreaterThan(100);
  }

  /** Each remedy that does not help would otherwise double the wait. */
  @Test
  void remediesThatGainNothingDoNotExtendTheWait() throws Exception {
    long begunNanos = nowNanos;
    helper.makeRoom =
        () -> {
          nowNanos += TimeUnit.MILLISECONDS.toNanos(100);
          assertThat(nowNanos - begunNanos).isLessThan(TimeUnit.SECONDS.toNanos(100));
          return false;
        };
    try (SpaceAccount.Grant all = takeAllRoom()) {
      account.reserves().indexChanged(3 * plan.plannedImageBytes());
      assertThat(account.reserves().missingZones()).isPositive();
      assertThatItIsRefused(BYTES, BYTES);
      assertThat(account.grantedRoomBytes()).isEqualTo(all.bytes());
    }
    assertThat(helper.calls).contains("shrink");
    assertThat(nowNanos - begunNanos)
        .isBetween(TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(35));
  }

  /** A request that tries a shorter length has waited already; another writer has not. */
  @Test
  void aRequestWaitsOnceForAllItsLengths() throws Exception {
    int[] rounds = {0};
    helper.makeRoom =
        () -> {
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          assertThat(++rounds[0]).isLessThan(1000);
          return false;
        };
    try (SpaceAccount.Grant all = takeAllRoom()) {
      WaitLimits limits = admission.newLimits();
      assertThatThrownBy(() -> admission.awaitRoom(BYTES, () -> BYTES, limits))
          .isInstanceOf(ErrnoException.class);
      assertThat(rounds[0]).isGreaterThanOrEqualTo(30);
      int before = rounds[0];
      assertThatThrownBy(() -> admission.awaitRoom(BYTES / 2, () -> BYTES, limits))
          .isInstanceOf(ErrnoException.class);
      assertThat(rounds[0] - before).isLessThan(5);
      before = rounds[0];
      assertThatItIsRefused(BYTES, BYTES);
      assertThat(rounds[0] - before).isGreaterThanOrEqualTo(30);
      assertThat(account.grantedRoomBytes()).isEqualTo(all.bytes());
    }
  }

  // ---- bytes on their way, which may replace others

  /** Overwrites: as many bytes are accepted as a commit applies, and nothing is live afterwards. */
  @Test
  void whoAsksIsNotRefusedForBytesThatReplaceOthers() throws Exception {
    leaveFree(2 * BYTES);
    int replaced = 2 * BYTES;
    account.reserve(replaced);
    List<Thread> others = new ArrayList<>();
    helper.commit =
        () -> {
          account.apply(account.reservedBytes());
          Thread other =
              new Thread(
                  () -> {
                    try (SpaceAccount.Grant grant = admission.awaitRoom(replaced, () -> replaced)) {
                      account.reserve(grant.bytes());
                    } catch (IOException | ErrnoException | InterruptedException failed) {
                      throw new IllegalStateException(failed);
                    }
                  });
          others.add(other);
          other.start();
          while (other.getState() == Thread.State.NEW
              || other.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
          }
        };
    admission.awaitRoom(BYTES, () -> 0).close();
    for (Thread other : others) {
      other.join();
    }
    assertThat(account.reservedBytes()).as("the others are served, too").isEqualTo(replaced);
    assertThat(account.writersOnTheirWay()).isZero();
    account.apply(replaced);
    helper.calls.clear();
    leaveFree(BYTES);
    account.reserve(replaced);
    assertThat(admission.hasSpaceFor(BYTES, () -> 0)).isTrue();
  }

  /** The length of a write is granted before anybody asks what it replaces. */
  @Test
  void whoAsksIsNotRefusedForAGrantThatIsOnItsWay() throws Exception {
    leaveFree(100 * BYTES);
    int all = 100 * BYTES;
    SpaceAccount.Grant held = admission.awaitRoom(all, () -> all);
    assertThat(account.freeBytes()).isZero();
    int[] waits = {0};
    helper.awaitWriters =
        () -> {
          if (++waits[0] == 3) {
            held.close();
          }
          return true;
        };
    TestThread other = new TestThread("other", () -> admission.awaitRoom(BYTES, () -> 0).close());
    other.finish();
    assertThat(waits[0]).isEqualTo(3);
    assertThat(account.freeBytes()).isEqualTo(all);
  }

  /** One that waits for the collector may need seconds. */
  @Test
  void aGrantWithoutAnEndIsNotAwaitedForEver() throws Exception {
    leaveFree(BYTES);
    try (SpaceAccount.Grant held = admission.awaitRoom(BYTES, () -> 0)) {
      assertThat(held.bytes()).isEqualTo(BYTES);
      assertThatItIsRefused(BYTES, 0);
    }
    assertThat(account.writersOnTheirWay()).isZero();
    admission.awaitRoom(BYTES, () -> 0).close();
  }

  /** Each last look holds all writers back, and commits. */
  @Test
  void manyWhoAreRefusedShareALastLook() throws Exception {
    leaveFree(2 * BYTES);
    SpaceAccount.Grant onItsWay = admission.awaitRoom(2 * BYTES, () -> 0);
    int[] looks = {0};
    helper.commit =
        () -> {
          if (account.holdsWriters()) {
            looks[0]++;
            leaveFree(0);
          }
        };
    CountDownLatch all = new CountDownLatch(1);
    helper.awaitWriters =
        () -> {
          all.await();
          onItsWay.close();
          return true;
        };
    List<TestThread> refused = new ArrayList<>();
    for (int writer = 0; writer < 8; writer++) {
      TestThread thread = new TestThread("writer " + writer, () -> assertThatItIsRefused(BYTES, 0));
      thread.awaitWaiting();
      refused.add(thread);
    }
    all.countDown();
    for (TestThread writer : refused) {
      writer.finish();
    }
    assertThat(looks[0]).isEqualTo(1);
  }

  /** The most that can become free is not enough: nobody is held back. */
  @Test
  void aFullDriveRefusesWithoutALastLook() throws Exception {
    leaveFree(BYTES - 1);
    account.reserve(BYTES);
    helper.awaitWriters =
        () -> {
          throw new AssertionError("writers are held back");
        };
    try (SpaceAccount.Grant replacing = admission.awaitRoom(BYTES, () -> BYTES)) {
      assertThat(replacing.bytes()).isEqualTo(BYTES);
      assertThatItIsRefused(BYTES, 0);
    }
    assertThat(helper.calls).containsExactly("commit", "await");
  }

  @Test
  void aLargeIndexIsMadeShorterBeforeADriveIsCalledFull() throws Exception {
    account.reserves().indexChanged(3 * plan.plannedImageBytes());
    leaveFree(0);
    helper.shrink = () -> account.reserves().indexChanged(0);
    admission.awaitRoom(BYTES, () -> 0).close();
    assertThat(helper.calls).containsExactly("commit", "await", "shrink");
  }

  /** Also if the share of the index may not grow: a shorter one gives zones back. */
  @Test
  void aLargeIndexIsMadeShorterForAnOverwriteBesideTooManyData() throws Exception {
    leaveFree(0);
    account.reserves().indexChanged(3 * plan.plannedImageBytes());
    assertThat(account.reserves().isOvercommitted()).isTrue();
    assertThat(account.reserves().missingZones()).isZero();
    SpaceAccount.Grant all = takeAllRoom();
    helper.makeRoom =
        () -> {
          nowNanos += TimeUnit.SECONDS.toNanos(1);
          return false;
        };
    helper.shrink = all::close;
    admission.awaitRoom(BYTES, () -> BYTES).close();
    assertThat(helper.calls).contains("shrink");
  }

  /** A file can be overwritten in place of what it is, however full the drive is. */
  @Test
  void whatIsOverwrittenTakesNoSpace() throws Exception {
    leaveFree(100);
    admission.awaitRoom(BYTES, () -> BYTES).close();
    admission.awaitRoom(BYTES, () -> 2 * BYTES).close();
    assertThat(helper.calls).isEmpty();
    SpaceAccount.Grant partly = admission.awaitRoom(BYTES, () -> BYTES - 100);
    assertThat(account.freeBytes()).isZero();
    partly.close();
    assertThat(account.freeBytes()).isEqualTo(100);
    assertThatItIsRefused(BYTES, BYTES - 101);
  }

  @Test
  void aQuestionPromisesNothing() throws Exception {
    leaveFree(BYTES);
    assertThat(admission.hasSpaceFor(BYTES, () -> 0)).isTrue();
    assertThat(admission.hasSpaceFor(BYTES, () -> 0)).isTrue();
    assertThat(admission.hasSpaceFor(BYTES + 1, () -> 1)).isTrue();
    assertThat(helper.calls).isEmpty();
    assertThat(admission.hasSpaceFor(BYTES + 1, () -> 0)).isFalse();
    assertThat(helper.calls).containsExactly("commit", "await");
    assertThat(account.freeBytes()).isEqualTo(BYTES);
  }

  @Test
  void aNewInodeNeedsRoomForItsMetadata() throws Exception {
    leaveFree(SpaceAccount.SLACK_BYTES);
    admission.checkRoomForMetadata();
    leaveFree(SpaceAccount.SLACK_BYTES - 1);
    assertThatThrownBy(admission::checkRoomForMetadata).isInstanceOf(ErrnoException.class);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.TestThread;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.FileDelta;
import zonefsj.zonemgr.ZoneStream;

/** What the account grants is there, once, and is there again when the grant is closed. */
class SpaceAccountTest {
  private static final int THREADS = 4;
  private static final int STEPS = 100_000;

  /** So long a grant is held, that others come meanwhile. */
  private static final int SPINS = 20;

  private static final int MOST_BYTES = 32 << 10;

  private final SpaceDrive drive = new SpaceDrive();
  private final SpaceAccount account = drive.account;

  SpaceAccountTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    drive.close();
  }

  /** The share grows only when one zone of room is left: less would be left to writers for ever. */
  @Test
  void writersLeaveTheRoomThatTheShareNeedsToGrow() throws IOException {
    while (drive.allocator.freeDataZones() > 0) {
      drive.fillZone(ZoneStream.HOT);
    }
    long image = drive.plan.plannedImageBytes();
    while (account.reserves().missingZones() == 0) {
      image += 1_000;
      account.reserves().indexChanged(image);
    }
    int missing = account.reserves().missingZones();
    List<Integer> full = new ArrayList<>();
    drive.allocator.states().stream()
        .filter(zone -> zone.stream() == ZoneStream.HOT)
        .forEach(zone -> full.add(zone.zone()));
    while (drive.tryGrantRoom(1) == null) {
      drive.allocator.reset(full.remove(0));
    }
    account.reserves().adjust();
    assertThat(account.reserves().missingZones()).as("of %d", missing).isZero();
  }

  private static void runAll(TestThread... threads) throws InterruptedException {
    for (TestThread thread : threads) {
      thread.finish();
    }
  }

  private static void hold() {
    for (int spin = 0; spin < SPINS; spin++) {
      Thread.onSpinWait();
    }
  }

  /** Grants of several threads come and go; together they never hold more than the limit. */
  private void race(long seed, long limit, LongFunction<SpaceAccount.@Nullable Grant> take)
      throws Exception {
    AtomicLong held = new AtomicLong();
    LongAccumulator highest = new LongAccumulator(Math::max, 0);
    CyclicBarrier start = new CyclicBarrier(THREADS);
    TestThread[] threads = new TestThread[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      threads[thread] =
          new TestThread(
              "thread " + thread,
              () -> {
                start.await();
                for (int step = 0; step < STEPS; step++) {
                  long bytes = limit / 3 + random.nextLong(limit / 2);
                  SpaceAccount.Grant grant = take.apply(bytes);
                  if (grant != null) {
                    highest.accumulate(held.addAndGet(bytes));
                    hold();
                    held.addAndGet(-bytes);
                    grant.close();
                  }
                }
              });
    }
    runAll(threads);
    assertThat(highest.get()).as("seed %d", seed).isBetween(1L, limit);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void roomIsNotGrantedTwice(long seed) throws Exception {
    long most = drive.mostRoomBytes();
    race(seed, most, drive::tryGrantRoom);
    assertThat(account.grantedRoomBytes()).isZero();
    assertThat(drive.mostRoomBytes()).isEqualTo(most);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void liveBytesAreNotGrantedTwice(long seed) throws Exception {
    long free = account.freeBytes();
    race(seed, free, account::tryGrantLive);
    assertThat(account.freeBytes()).isEqualTo(free);
  }

  /** Bytes go from promises to memory while others are granted; in the end all have a zone. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatManyThreadsWereGrantedFindsAZone(long seed) throws Exception {
    List<FileDelta> written = Collections.synchronizedList(new ArrayList<>());
    TestThread[] threads = new TestThread[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      long inode = 1L + thread;
      threads[thread] =
          new TestThread(
              "thread " + thread,
              () -> {
                for (int refused = 0; refused < 20; ) {
                  int bytes = 1 + random.nextInt(MOST_BYTES);
                  SpaceAccount.Grant grant = drive.tryGrantRoom(bytes);
                  if (grant == null) {
                    refused++;
                    continue;
                  }
                  try (grant) {
                    FileDelta delta = new FileDelta(inode, change -> {});
                    delta.write(
                        0, ByteBuffer.allocate((int) grant.bytes()), drive.memory, (run, at) -> {});
                    written.add(delta);
                  }
                }
              });
    }
    runAll(threads);
    assertThat(account.grantedRoomBytes()).isZero();
    List<ChunkWriter.Source> sources = new ArrayList<>();
    for (FileDelta delta : written) {
      ByteBuffer bytes =
          Objects.requireNonNull(Objects.requireNonNull(delta.firstBehind(0)).buffer()).bytes();
      sources.add(new ChunkWriter.Source(delta.inode(), 0, bytes));
    }
    assertThat(drive.chunks.write(DataStream.HOT, sources, (zone, bytes) -> {}))
        .as("places, seed %d", seed)
        .hasSameSizeAs(sources);
  }

  @Test
  void aGrantCountsOnceOnItsWayToMemory() {
    long most = drive.mostRoomBytes();
    SpaceAccount.Grant grant = drive.grantRoom(most);
    assertThat(account.hasRoomFor(1)).isFalse();
    assertThat(account.nothingWaits()).isFalse();
    FileDelta delta = new FileDelta(1, change -> {});
    delta.write(0, ByteBuffer.allocate((int) most), drive.memory, (run, at) -> {});
    grant.close();
    assertThat(drive.tryGrantRoom(1)).as("the bytes are in memory").isNull();
    assertThat(account.nothingWaits()).isFalse();
    delta.delete(drive.memory);
    assertThat(account.nothingWaits()).isTrue();
    assertThat(drive.mostRoomBytes()).isEqualTo(most);
  }

  @Test
  void aClosedGrantGivesAllBack() {
    long free = account.freeBytes();
    SpaceAccount.Grant grant = Objects.requireNonNull(account.tryGrantLive(5_000));
    assertThat(grant.tryAddRoom(7_000)).isTrue();
    assertThat(account.freeBytes()).isEqualTo(free - 5_000);
    assertThat(account.grantedRoomBytes()).isEqualTo(7_000);
    assertThatThrownBy(() -> grant.tryAddRoom(1)).isInstanceOf(IllegalStateException.class);
    assertThat(grant.bytes()).isEqualTo(7_000);
    grant.close();
    account.nothing().close();
    assertThat(account.freeBytes()).isEqualTo(free);
    assertThat(account.grantedRoomBytes()).isZero();
  }

  /** Accepted, staged, live, and what each extent takes. */
  @Test
  void everythingThatIsTakenIsNotFree() {
    long free = account.freeBytes();
    account.reserve(1_000);
    account.stage(200);
    drive.usage.setLiveBytes(5, 30);
    drive.usage.setExtents(2);
    assertThat(account.freeBytes()).isEqualTo(free - 1_000 - 200 - 30 - 2 * 64);
    assertThat(account.reservedBytes()).isEqualTo(1_000);
    assertThat(account.tryGrantLive(account.freeBytes() + 1)).isNull();
    assertThat(account.tryGrantLive(account.freeBytes())).isNotNull();
    assertThat(account.freeBytes()).isZero();
    account.apply(1_000);
    account.stage(-200);
    assertThat(account.freeBytes()).isEqualTo(1_200);
  }

  /** A wrong number of staged bytes must not become room that is not there. */
  @Test
  void fewerThanNoBytesAreNeverStaged() {
    long most = drive.mostRoomBytes();
    account.stage(100);
    account.stage(-5_000);
    assertThat(drive.mostRoomBytes()).isEqualTo(most);
    account.stage(100);
    assertThat(drive.mostRoomBytes()).isBetween(most - 120, most - 100);
  }

  @Test
  void availableBytesFitInPiecesOfTheSmallestKind() {
    long available = account.availableBytes();
    long pieces = available / SpaceStatistics.PIECE_BYTES;
    assertThat(pieces * SpaceStatistics.PIECE_BYTES).isEqualTo(available);
    drive.usage.setLiveBytes(5, available - SpaceStatistics.PIECE_BYTES);
    drive.usage.setExtents(pieces - 1);
    assertThat(account.availableBytes()).isEqualTo(SpaceStatistics.PIECE_BYTES);
    assertThat(account.tryGrantLive(SpaceStatistics.PIECE_BYTES)).isNotNull();
  }

  @Test
  void aDeadZoneIsTakenFromTheTotal() {
    long total = account.totalBytes();
    long start = 9 * SpaceDrive.ZONE_BYTES;
    drive.allocator.markFailed(
        new ZoneDescriptor(
            9,
            ZoneType.SEQUENTIAL_REQUIRED,
            ZoneCondition.OFFLINE,
            start,
            SpaceDrive.ZONE_BYTES,
            SpaceDrive.ZONE_BYTES,
            start));
    assertThat(account.totalBytes())
        .isEqualTo(total - drive.plan.usableShareOf(SpaceDrive.ZONE_BYTES));
  }

  @Test
  void roomIsThatOfFreeAndOfBegunZones() throws IOException {
    long most = drive.mostRoomBytes();
    drive.fillZone(ZoneStream.HOT);
    long withoutOne = drive.mostRoomBytes();
    // A sixteenth of the room and of what waits is for summaries.
    assertThat(most - withoutOne)
        .isBetween(drive.plan.zoneNetBytes() * 7 / 8, drive.plan.zoneNetBytes());
    drive.chunks.write(
        DataStream.HOT,
        List.of(new ChunkWriter.Source(1, 0, ByteBuffer.allocate(4096))),
        (zone, bytes) -> {});
    assertThat(drive.mostRoomBytes())
        .as("the rest of a partly written zone")
        .isGreaterThan(withoutOne - 16_384);
  }

  @Test
  void anIndexThatNeedsZonesLeavesNoRoomUntilItHasThem() throws IOException {
    long free = account.freeBytes();
    long most = drive.mostRoomBytes();
    while (drive.allocator.freeDataZones() > 1) {
      drive.fillZone(ZoneStream.HOT);
    }
    drive.grantRoom(1).close();
    account.reserves().indexChanged(4 * drive.plan.plannedImageBytes());
    int missing = account.reserves().missingZones();
    assertThat(missing).isPositive();
    assertThat(drive.tryGrantRoom(1)).isNull();
    assertThat(account.freeBytes()).isEqualTo(free - missing * SpaceDrive.ZONE_BYTES);
    account.reserves().indexChanged(0);
    assertThat(drive.tryGrantRoom(1)).isNotNull();
    assertThat(most).isPositive();
  }

  /**
   * The length of the index is known only when it is written, so more may have been accepted than
   * fits beside it. That must not end the overwriting of what is there.
   */
  @Test
  void anIndexThatGrowsBesideAFullDriveLeavesRoomToOverwrite() throws IOException {
    drive.usage.setLiveBytes(5, account.freeBytes());
    while (drive.mostRoomBytes() > SpaceDrive.ZONE_BYTES) {
      drive.fillZone(ZoneStream.HOT);
    }
    account.reserves().indexChanged(drive.plan.zoneCapacityBytes());
    assertThat(account.reserves().isShort()).isTrue();
    assertThat(account.lackingBytes()).isPositive();
    assertThat(account.tryGrantLive(1)).as("new data").isNull();
    assertThat(drive.tryGrantRoom(4096)).as("an overwrite").isNotNull();
  }

  // ---- while nothing is granted

  @Test
  void nobodyIsGrantedAnythingMeanwhile() throws IOException {
    assertThat(
            account.runWhileNothingIsGranted(
                () -> {
                  assertThat(drive.tryGrantRoom(1)).isNull();
                  assertThat(account.hasRoomFor(0)).isFalse();
                  assertThat(account.runWhileNothingIsGranted(() -> true)).isFalse();
                  return true;
                }))
        .isTrue();
    SpaceAccount.Grant one = drive.grantRoom(1);
    assertThat(account.runWhileNothingIsGranted(() -> true)).as("while 1 byte is").isFalse();
    one.close();
    assertThat(account.runWhileNothingIsGranted(() -> false)).isFalse();
    assertThat(account.grantedRoomBytes()).isZero();
  }

  @Test
  void aTaskThatFailsLetsGrantsInAgain() {
    assertThatThrownBy(
            () ->
                account.runWhileNothingIsGranted(
                    () -> {
                      throw new IOException("a zone failed");
                    }))
        .isInstanceOf(IOException.class);
    assertThat(drive.tryGrantRoom(1)).isNotNull();
  }

  @Test
  void roomIsToldAsAPartOfZones() throws IOException {
    assertThat(account.roomIn(1)).isEqualTo(1.0);
    double all = account.roomIn(1_000);
    assertThat(all).isBetween(0.01, 0.04);
    long most = drive.mostRoomBytes();
    assertThat(drive.tryGrantRoom(most / 2)).isNotNull();
    assertThat(account.roomIn(1_000)).isBetween(all * 0.45, all * 0.55);
    assertThat(drive.tryGrantRoom(most - most / 2)).isNotNull();
    assertThat(account.roomIn(1)).isLessThan(0.01);
  }

  /** Writers that find none must pay for it: else nobody makes the room that the share needs. */
  @Test
  void roomThatWritersLeaveIsNoRoom() throws IOException {
    while (drive.allocator.freeDataZones() > 0) {
      drive.fillZone(ZoneStream.HOT);
    }
    long image = drive.plan.plannedImageBytes();
    while (account.reserves().missingZones() < 2) {
      image += 1_000;
      account.reserves().indexChanged(image);
    }
    List<Integer> full = new ArrayList<>();
    drive.allocator.states().stream()
        .filter(zone -> zone.stream() == ZoneStream.HOT)
        .forEach(zone -> full.add(zone.zone()));
    assertThat(account.reserves().missingZones()).isEqualTo(2);
    SpaceAccount.Grant grant = drive.tryGrantRoom(1);
    while (grant == null) {
      assertThat(account.roomIn(3)).isZero();
      drive.allocator.reset(full.remove(0));
      grant = drive.tryGrantRoom(1);
    }
    grant.close();
    assertThat(account.roomIn(3)).isPositive();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.crash.DriveChange.Write;
import zonefsj.tests.model.Trees;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** The short form of {@code tests/prove crash}. */
class CrashTest {
  private static final long FIRST = 1;

  /** One for each shape of a drive. */
  private static final int NUMBERS = CrashDrives.SHAPES;

  /** Sequences of one operation have a test of their own; these are a sample of the longer ones. */
  private static final int WITH_SEQUENCES = 2;

  private static final long STACKS = 40;
  private static final int LEAST_STATES = 15_000;
  private static final int LEAST_MOVED_CHUNKS = 100;
  private static final int MOST_REPORTS = 4;
  private static final int LEAST_PLACED_EARLY_BYTES = 200_000;
  private static final int SLOT_BYTES = 16 << 10;

  private static CrashUnits units() {
    return new CrashUnits(System.out, new PreparedDrives(), new FaultHook() {}, MOST_REPORTS);
  }

  @Test
  void everyCrashLeavesAPrefix() throws InterruptedException {
    long begin = System.nanoTime();
    int threads = Runtime.getRuntime().availableProcessors();
    Tally tally = CrashProof.run(FIRST, NUMBERS, WITH_SEQUENCES, threads, System.out);
    System.out.println("crash: " + tally.words(System.nanoTime() - begin));
    assertThat(tally.violations()).isZero();
    assertThat(tally.states()).isGreaterThanOrEqualTo(LEAST_STATES);
    assertThat(tally.sequences()).isGreaterThanOrEqualTo(WITH_SEQUENCES * CrashUnits.SEQUENCES);
    assertThat(tally.nestedStates()).isPositive();
    assertThat(tally.imageStates() * 100).isGreaterThanOrEqualTo(tally.states());
    Coverage coverage = tally.coverage();
    assertThat(coverage.journalSwitches()).as("journal zone switches").isPositive();
    assertThat(coverage.checkpoints()).as("checkpoints").isPositive();
    assertThat(coverage.collectorChunks())
        .as("chunks that were moved")
        .isGreaterThanOrEqualTo(LEAST_MOVED_CHUNKS);
    assertThat(tally.rewrittenBytes()).as("bytes of scattered files").isPositive();
    assertThat(coverage.dataResets()).as("zones that were reset").isPositive();
    assertThat(coverage.superblockResets()).as("superblock zone switches").isPositive();
  }

  @Test
  void everySingleOperationLeavesAPrefix() {
    CrashUnits units = units();
    units.ofOne();
    assertThat(units.tally().violations()).isZero();
  }

  /** A checkpoint begins a new segment of the journal in the same zone, over and over. */
  @Test
  void everyCrashLeavesAPrefixInLongZones() {
    CrashUnits units = units();
    List<Step> steps = new StepGenerator(new SplittableRandom(14), true).steps(60);
    for (int at = 8; at < steps.size(); at += 9) {
      steps.add(at, new Step.Checkpoint());
    }
    units.chosen(CrashDrives.LONG_ZONES, steps);
    assertThat(units.tally().violations()).isZero();
    assertThat(units.tally().coverage().checkpoints()).isPositive();
  }

  @Test
  void everyCrashOverAStackOfDrivesLeavesAPrefix() {
    CrashUnits units = units();
    for (long number = FIRST; number <= STACKS; number++) {
      units.stacks(number);
    }
    assertThat(units.tally().violations()).isZero();
    assertThat(units.tally().stackStates()).isGreaterThan(STACKS);
  }

  /** Data go to zones before their commit; a crash between is as if they had not. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void everyCrashWithLittleMemoryLeavesAPrefix(int shape) {
    CrashUnits units = units();
    units.withLittleMemory(shape);
    assertThat(units.tally().violations()).isZero();
    assertThat(units.tally().states()).isPositive();
    assertThat(units.tally().placedEarlyBytes()).isGreaterThan(LEAST_PLACED_EARLY_BYTES);
  }

  /** The number of zones changes again and again, on every kind of drive. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, CrashDrives.SHAPES - 1})
  void everyCrashWhileTheFilesystemIsResizedLeavesAPrefix(int shape) {
    CrashUnits units = units();
    List<Step> steps = new StepGenerator(new SplittableRandom(shape), false).steps(90);
    int most = CrashDrives.ZONES;
    for (int at = 8, resize = 0; at < steps.size(); at += 9, resize++) {
      steps.add(at, new Step.Resize(resize % 3 == 2 ? most : most - 3 - 2 * (resize % 3)));
    }
    units.chosen(shape, steps);
    assertThat(units.tally().violations()).isZero();
    assertThat(units.tally().resizes()).isPositive();
  }

  /** The data never reached the drive; that they read as zeros there, as they should, is chance. */
  @Test
  void zerosBehindTheWritePointerAreNotBelieved() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    WorkloadRun run =
        new WorkloadRun(
            PreparedDrive.fresh(1, random),
            new MemoryMetadataStores(),
            new Conditions(new FaultHook() {}, null),
            change -> {},
            random);
    run.play(
        List.of(
            new Step.Create("a"),
            new Step.Sync(),
            new Step.Fill("a", 40_000),
            new Step.Fsync("a")));
    List<DriveChange> withoutData = new ArrayList<>(run.changes());
    withoutData.removeIf(CrashTest::isChunk);
    assertThat(withoutData).hasSizeLessThan(run.changes().size());
    int cut = withoutData.size();
    String wrong =
        new CrashVerifier(new SplittableRandom(2), 1, run.history().size())
            .verify(
                new CrashStates(run.start(), withoutData).after(cut, SurvivingChanges.ALL).drive(),
                new MemoryMetadataStores(),
                Expected.of(List.of(run.history().state(2), run.history().state(1))),
                RecoveryObserver.UNWATCHED);
    assertThat(wrong).isNull();
  }

  /** With one superblock zone dead there is a moment when the other is empty. */
  @Test
  void oneSuperblockZoneIsEnough() throws Exception {
    List<Step> steps = new ArrayList<>();
    for (int round = 0; round < 14; round++) {
      steps.add(new Step.Create("file" + round));
      steps.add(new Step.Write("file" + round, 0, 3_000, round, false, true));
      steps.add(round % 5 == 4 ? new Step.Remount() : new Step.Checkpoint());
    }
    CrashUnits units = units();
    units.chosen(CrashDrives.SHAPES - 1, steps);
    assertThat(units.tally().violations()).isZero();
    assertThat(units.tally().coverage().superblockResets()).isPositive();
  }

  /** A write pointer that has moved may show what was there before the zone was reset. */
  @ParameterizedTest
  @ValueSource(ints = {0, CrashDrives.SHAPES - 1})
  void anOlderRootInASlotThatDidNotArriveIsNotBelieved(int shape) throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    PreparedDrive fresh = PreparedDrive.fresh(shape, random);
    ByteBuffer old = ByteBuffer.allocate(SLOT_BYTES);
    fresh.wreck().drive().read(0, old);
    List<Step> steps = new ArrayList<>();
    for (int round = 0; round < 7; round++) {
      steps.add(new Step.Create("file" + round));
      steps.add(new Step.Remount());
    }
    RamZonedDevice drive = fresh.after(steps, random).wreck().drive();
    Volume volume =
        CrashDrives.mount(drive.snapshot(), new CrashClock(), random, new MemoryMetadataStores());
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    volume.abandon();
    for (ZoneDescriptor zone : drive.report(0, 2)) {
      if (zone.condition() != ZoneCondition.OFFLINE) {
        drive.write(zone.writePointerBytes(), old.flip());
      }
    }
    String wrong =
        new CrashVerifier(random, 1, steps.size())
            .verify(
                drive,
                new MemoryMetadataStores(),
                Expected.of(List.of(tree)),
                RecoveryObserver.UNWATCHED);
    assertThat(wrong).isNull();
  }

  private static boolean isChunk(DriveChange change) {
    if (change instanceof Write write) {
      FrameHeader header = FrameHeader.decode(ByteBuffer.wrap(write.bytes()));
      return header != null && header.kind() == FrameKind.CHUNK;
    }
    return false;
  }
}

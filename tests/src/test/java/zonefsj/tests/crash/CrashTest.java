package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.tests.crash.DriveChange.Write;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** The short form of {@code tests/prove crash}. */
class CrashTest {
  private static final int WORKLOADS = 10;
  private static final int LEAST_CUTS = 500;

  @Test
  void everyCrashLeavesAPrefix() {
    CrashProof proof = new CrashProof(System.out);
    for (long seed = 1; seed <= WORKLOADS; seed++) {
      proof.run(seed, CrashProof.STEPS);
    }
    System.out.println("crash: " + proof);
    assertThat(proof.violations()).isZero();
    assertThat(proof.cuts()).isGreaterThanOrEqualTo(LEAST_CUTS);
    assertThat(proof.nested()).isPositive();
    Coverage coverage = proof.coverage();
    assertThat(coverage.journalSwitches()).as("journal zone switches").isPositive();
    assertThat(coverage.checkpoints()).as("checkpoints").isPositive();
    assertThat(coverage.collectorChunks()).as("chunks that were moved").isPositive();
    assertThat(coverage.dataResets()).as("zones that were reset").isPositive();
    assertThat(coverage.superblockResets()).as("superblock zone switches").isPositive();
  }

  /** The data never reached the drive; that they read as zeros there, as they should, is chance. */
  @Test
  void zerosBehindTheWritePointerAreNotBelieved() throws Exception {
    WorkloadRun run = new WorkloadRun(1, new SplittableRandom(1), new Sabotage() {});
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
        new CrashVerifier(new SplittableRandom(2), run.history().size())
            .verify(
                new CrashStates(run.start(), withoutData).after(cut, Survivors.ALL),
                run.indexAt(0),
                List.of(run.history().state(2), run.history().state(1)),
                () -> 0,
                (mounted, then) -> {});
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
    CrashProof proof = new CrashProof(System.out);
    Quiet quiet = new Quiet();
    try (quiet) {
      proof.run(Drives.SHAPES - 1, Drives.SHAPES - 1, steps);
    }
    assertThat(proof.violations()).isZero();
    assertThat(proof.coverage().superblockResets()).isPositive();
  }

  private static boolean isChunk(DriveChange change) {
    if (change instanceof Write write) {
      FrameHeader header = FrameHeader.decode(ByteBuffer.wrap(write.bytes()));
      return header != null && header.kind() == FrameKind.CHUNK;
    }
    return false;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;

/**
 * Plays steps on a volume whose drive is recorded, and beside it on the reference, whose trees are
 * the history that a crash must agree with.
 */
final class WorkloadRun {
  private final CrashClock clock = new CrashClock();
  private final SplittableRandom random;
  private final PreparedDrive start;
  private final RamZonedDevice ram;
  private final RecordingDevice recording;
  private final ZonedDevice drive;
  private final FaultHook sabotage;
  private final @Nullable DriveFaults faults;
  private final MetadataStores stores;
  private final long dirtyBytes;
  private final StepPlayer player;

  /**
   * Mounts.
   *
   * @param stores where the index is
   * @param beforeChange is told the number of each change of the drive before it is tried
   */
  WorkloadRun(
      PreparedDrive start,
      MetadataStores stores,
      Conditions conditions,
      IntConsumer beforeChange,
      SplittableRandom random)
      throws Exception {
    this.start = start;
    this.stores = stores;
    this.random = random;
    this.sabotage = conditions.sabotage();
    this.faults = conditions.faults();
    this.dirtyBytes = conditions.dirtyBytes();
    ram = start.wreck().drive().snapshot();
    recording = new RecordingDevice(ram, beforeChange);
    drive =
        sabotage.device(faults == null ? recording : new FaultyZonedDevice(recording, faults, ram));
    player =
        new StepPlayer(
            clock,
            start.steps(),
            this::mount,
            sabotage::fileSystem,
            () -> recording.changes().size());
  }

  private Volume mount() throws IOException {
    mounting(true);
    MetadataStores index =
        sabotage.isHonest() ? new DurableFirstStores(stores, recording.changes()) : stores;
    Volume mounted =
        CrashDrives.mount(
            drive, clock, random.split(), new WritebackStores(index, random.split()), dirtyBytes);
    mounting(false);
    return mounted;
  }

  private void mounting(boolean now) {
    if (faults != null) {
      faults.mounting(now);
    }
  }

  /** Plays all steps; the volume is left as if the power had gone. */
  void play(List<Step> steps) throws Exception {
    player.play(steps, () -> faults != null && faults.flushFailed());
  }

  /** The drive as it is now, unmounted cleanly after all. */
  PreparedDrive unmounted(MemoryMetadataStores index) throws IOException {
    mount().close();
    MediumContents medium = start.wreck().medium().snapshot();
    for (DriveChange change : recording.changes()) {
      medium.apply(change);
    }
    return new PreparedDrive(
        start.shape(),
        new CrashImage(ram, medium),
        index.copyOfDurable(),
        List.copyOf(player.played()));
  }

  CrashImage start() {
    return start.wreck();
  }

  /** What the drive is believed to have done. */
  List<DriveChange> changes() {
    return sabotage.record(recording.changes());
  }

  History history() {
    return player.history();
  }

  /** The requests that followed a state of the history, at most so many. */
  List<Step.Request> requestsAfter(int state, int most) {
    return player.played().stream()
        .skip((long) start.steps().size() + state)
        .filter(Step.Request.class::isInstance)
        .map(Step.Request.class::cast)
        .limit(most)
        .toList();
  }

  /** Where a cut lies. */
  String describe(int cut) {
    int last = changes().size();
    return String.format(
        "cut %d of %d (%s is under way), between '%s' and '%s'",
        cut,
        last,
        cut < last ? changes().get(cut) : "nothing",
        history().name(history().oldest(cut)),
        history().name(history().newest(cut)));
  }

  /** How many changes the drive refused. */
  int refused() {
    return recording.refused();
  }

  /** How often the number of zones has changed. */
  int resized() {
    return player.resized();
  }

  /** Bytes of scattered files that were rewritten in their order. */
  long rewritten() {
    return player.rewritten();
  }

  /** Bytes of file data that were written before their batch was sealed. */
  long placedEarly() {
    return player.placedEarly();
  }

  /** How many requests were refused for space. */
  int falselyFull() {
    return player.falselyFull();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.ReferenceFileSystem;
import zonefsj.tests.model.Trees;

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
  private final ReferenceFileSystem reference = new ReferenceFileSystem(clock);
  private final List<Step> played = new ArrayList<>();
  private final History history;
  private Volume volume;
  private int falselyFull;
  private int resized;

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
    ram = start.wreck().drive().snapshot();
    recording = new RecordingDevice(ram, beforeChange);
    drive =
        sabotage.device(faults == null ? recording : new FaultyZonedDevice(recording, faults, ram));
    for (Step step : start.steps()) {
      clock.set(played.size() + 1);
      played.add(step);
      if (step instanceof Step.Request request) {
        outcome(request, reference);
      }
    }
    history = new History(Trees.of(reference));
    volume = mount();
  }

  private Volume mount() throws IOException {
    mounting(true);
    MetadataStores index =
        sabotage.isHonest() ? new DurableFirstStores(stores, recording.changes()) : stores;
    Volume mounted =
        CrashDrives.mount(drive, clock, random.split(), new WritebackStores(index, random.split()));
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
    for (Step step : steps) {
      clock.set(played.size() + 1);
      int begun = recording.changes().size();
      boolean done;
      try {
        done = perform(step);
      } catch (Exception | AssertionError failed) {
        if (faults == null || !faults.flushFailed()) {
          throw new IllegalStateException("step " + played.size() + " " + step + " failed", failed);
        }
        done = false;
      }
      history.add(
          played.size() + " " + step,
          done && step.isDurable(),
          begun,
          recording.changes().size(),
          Trees.of(reference));
      played.add(step);
      if (faults != null && faults.flushFailed()) {
        break;
      }
    }
    volume.abandon();
  }

  private boolean perform(Step step) throws Exception {
    if (step instanceof Step.Request request) {
      return request(request);
    } else if (step instanceof Step.Collect) {
      volume.runGc(ProgressListener.NONE);
    } else if (step instanceof Step.Checkpoint) {
      volume.checkpoint();
    } else if (step instanceof Step.Resize resize) {
      return resize(resize.zones());
    } else if (step instanceof Step.Remount) {
      volume.close();
      volume = mount();
    }
    return true;
  }

  /** A resize may be refused for many reasons, but leaves a filesystem that goes on. */
  private boolean resize(int zones) throws IOException {
    int now = volume.geometry().zoneCount();
    try {
      if (zones < now) {
        volume.shrink(zones, () -> true, ProgressListener.NONE);
      } else if (now < CrashDrives.ZONES) {
        volume.grow(false);
      }
      resized += volume.geometry().zoneCount() == now ? 0 : 1;
      return true;
    } catch (IOException refused) {
      if (volume.isReadOnly()) {
        throw refused;
      }
      return false;
    }
  }

  private boolean request(Step.Request request) throws Exception {
    String got;
    ShortWrites counts = new ShortWrites();
    try {
      got = outcome(request, counts.recording(sabotage.fileSystem(volume.fileSystem())));
    } catch (IOException failed) {
      // It may have happened before its commit failed.
      outcome(request, counts.repeating(reference));
      throw failed;
    }
    if (got.equals(Errno.ENOSPC.name())) {
      falselyFull++;
      return false;
    }
    String wanted = outcome(request, counts.repeating(reference));
    if (!got.equals(wanted)) {
      throw new AssertionError("answered " + got + ", the reference " + wanted);
    }
    return got.isEmpty();
  }

  static String outcome(Step.Request request, ZoneFileSystem fileSystem) throws IOException {
    try {
      request.on(fileSystem);
      return "";
    } catch (ErrnoException refused) {
      return refused.errno().name();
    }
  }

  /** The drive as it is now, unmounted cleanly after all. */
  PreparedDrive unmounted(MemoryMetadataStores index) throws IOException {
    mount().close();
    MediumContents medium = start.wreck().medium().snapshot();
    for (DriveChange change : recording.changes()) {
      medium.apply(change);
    }
    return new PreparedDrive(
        start.shape(), new CrashImage(ram, medium), index.copyOfDurable(), List.copyOf(played));
  }

  CrashImage start() {
    return start.wreck();
  }

  /** What the drive is believed to have done. */
  List<DriveChange> changes() {
    return sabotage.record(recording.changes());
  }

  History history() {
    return history;
  }

  /** The requests that followed a state of the history, at most so many. */
  List<Step.Request> requestsAfter(int state, int most) {
    return played.stream()
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
        history.name(history.oldest(cut)),
        history.name(history.newest(cut)));
  }

  /** How many changes the drive refused. */
  int refused() {
    return recording.refused();
  }

  /** How often the number of zones has changed. */
  int resized() {
    return resized;
  }

  /** How many requests were refused for space. */
  int falselyFull() {
    return falselyFull;
  }
}

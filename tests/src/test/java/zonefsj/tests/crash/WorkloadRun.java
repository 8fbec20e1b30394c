package zonefsj.tests.crash;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.ReferenceFileSystem;

/**
 * Plays steps on a volume whose drive is recorded, and beside it on the reference, whose trees are
 * the history that a crash must agree with.
 */
final class WorkloadRun {
  private final CrashClock clock = new CrashClock();
  private final SplittableRandom random;
  private final RamZonedDevice start;
  private final RecordingDevice recording;
  private final ZonedDevice drive;
  private final Sabotage sabotage;
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final IndexHistory indexes = new IndexHistory(stores);
  private final ReferenceFileSystem reference = new ReferenceFileSystem(clock);
  private final History history;
  private Volume volume;
  private int falselyFull;

  WorkloadRun(int shape, SplittableRandom random, Sabotage sabotage) throws Exception {
    this.random = random;
    this.sabotage = sabotage;
    RamZonedDevice ram = RamZonedDevice.create(Drives.shape(shape));
    Drives.format(ram, clock, random.split());
    Drives.wear(shape, ram);
    start = ram.snapshot();
    recording = new RecordingDevice(ram, indexes::before);
    drive = sabotage.device(recording);
    history = new History(Trees.of(reference));
    volume = mount();
  }

  private Volume mount() throws IOException {
    return Drives.mount(drive, clock, random.split(), new WritebackStores(stores, random.split()));
  }

  /** Plays all steps; the volume is left as if the power had gone. */
  void play(List<Step> steps) throws Exception {
    for (int index = 0; index < steps.size(); index++) {
      clock.set(index + 1);
      Step step = steps.get(index);
      int begun = recording.changes().size();
      boolean done;
      try {
        done = perform(step);
      } catch (Exception | AssertionError failed) {
        throw new IllegalStateException("step " + index + " " + step + " failed", failed);
      }
      int ended = recording.changes().size();
      history.add(index + " " + step, done && step.isDurable(), begun, ended, Trees.of(reference));
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
    } else if (step instanceof Step.Remount) {
      volume.close();
      volume = mount();
    }
    return true;
  }

  private boolean request(Step.Request request) throws Exception {
    String got = outcome(request, sabotage.fileSystem(volume.fileSystem()));
    if (got.equals(Errno.ENOSPC.name())) {
      falselyFull++;
      return false;
    }
    String wanted = outcome(request, reference);
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

  RamZonedDevice start() {
    return start;
  }

  /** What the drive is believed to have done. */
  List<DriveChange> changes() {
    return sabotage.record(recording.changes());
  }

  History history() {
    return history;
  }

  /** The index as it was durable on the host when some changes of the drive had returned. */
  MemoryMetadataStores indexAt(int cut) {
    return indexes.at(cut);
  }

  /** How many changes the drive refused. */
  int refused() {
    return recording.refused();
  }

  /** How many requests were refused for space. */
  int falselyFull() {
    return falselyFull;
  }

  SplittableRandom random() {
    return random;
  }
}

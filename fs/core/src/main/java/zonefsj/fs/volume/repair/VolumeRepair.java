// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.HostException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.check.Findings;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.ScratchIndex;
import zonefsj.fs.volume.check.StopOnShortage;
import zonefsj.fs.volume.check.SuperblockCheck;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.CheckResult;
import zonefsj.fs.volume.check.ZoneRoles;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * Repairs an unmounted drive: what a check finds, as far as possible. Works on the rebuilt index
 * first, pass by pass, each relying on the previous ones; then all changes go to the journal at
 * once, as ordinary batches ({@link RepairLog}); then the drive is mounted as usual, takes a
 * checkpoint, and is checked again.
 *
 * <p>Costs as much as two checks and a mount, the memory of the changes, and about 100 bytes of
 * memory for each directory.
 */
public final class VolumeRepair {
  /**
   * The options of a repair.
   *
   * @param data whether to read all file data, and give up what does not match its checksums
   * @param salvage whether to go on if the checkpoint cannot be read, which loses names
   * @param scratch where indexes are rebuilt
   * @param indexFormat format of the index if no checkpoint names one
   * @param clock gives the time
   * @param nonces random numbers for the journal
   */
  public record Plan(
      boolean data,
      boolean salvage,
      Scratch scratch,
      String indexFormat,
      InstantSource clock,
      RandomGenerator nonces) {
    /** The plan of a command, for a filesystem whose index is on the host. */
    public static Plan of(boolean data, boolean salvage, Scratch scratch) {
      return new Plan(
          data,
          salvage,
          scratch,
          ScratchIndex.ROCKS_FORMAT,
          Clock.systemUTC(),
          new SplittableRandom(new SecureRandom().nextLong()));
    }
  }

  /**
   * The result of a repair.
   *
   * @param before what a check found
   * @param done the repairs as text; empty if nothing was wrong and nothing was written
   * @param left what was found and not repaired, as text
   * @param after what a check finds now
   */
  public record Result(
      CheckResult before, List<String> done, List<String> left, CheckResult after) {}

  /** The damage cannot be repaired; nothing was written. */
  public static final class NotRepairedException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient CheckResult before;

    NotRepairedException(CheckResult before, VolumeFormatException why) {
      super(why.getMessage(), why);
      this.before = before;
    }

    /** What the check found. */
    public CheckResult before() {
      return before;
    }
  }

  /** The host failed after the first check. The drive is unchanged or repaired. */
  public static final class UnfinishedRepairException extends HostException {
    private static final long serialVersionUID = 1;

    private final transient CheckResult before;
    private final transient List<String> done;

    UnfinishedRepairException(CheckResult before, List<String> done, HostException why) {
      super(String.valueOf(why.getMessage()), why);
      this.before = before;
      this.done = List.copyOf(done);
    }

    /** What the check found. */
    public CheckResult before() {
      return before;
    }

    /** What was repaired by then, or was about to be. */
    public List<String> done() {
      return done;
    }
  }

  private final ZonedDevice device;
  private final Plan plan;
  private final ProgressListener progress;
  private final List<String> done = new ArrayList<>();
  private final List<String> left = new ArrayList<>();

  private VolumeRepair(ZonedDevice device, Plan plan, ProgressListener progress) {
    this.device = device;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Checks a drive and repairs what is wrong.
   *
   * @param device the drive, which no other program uses
   * @throws VolumeFormatException if there is no filesystem
   * @throws NotRepairedException if there is nothing to repair it from; nothing was written then
   * @throws UnfinishedRepairException if the host failed after the first check
   * @throws IOException if the drive or the host failed; the drive is then unchanged or repaired
   */
  public static Result repair(ZonedDevice device, Plan plan, ProgressListener progress)
      throws IOException {
    CheckResult before = VolumeChecker.check(device, plan.data(), plan.scratch(), progress);
    if (before.findings().isEmpty()) {
      return new Result(before, List.of(), List.of(), before);
    }
    VolumeRepair repair = new VolumeRepair(device, plan, progress);
    try {
      repair.repairOrFail(before);
      CheckResult after = VolumeChecker.check(device, plan.data(), plan.scratch(), progress);
      return new Result(before, List.copyOf(repair.done), List.copyOf(repair.left), after);
    } catch (HostException failed) {
      throw new UnfinishedRepairException(before, repair.done, failed);
    }
  }

  private void repairOrFail(CheckResult before) throws IOException {
    try {
      repair();
    } catch (VolumeFormatException nothingLeft) {
      throw new NotRepairedException(before, nothingLeft);
    }
  }

  private void repair() throws IOException {
    boolean hadNoLog =
        new SuperblockFinder(device, device.report(0, device.geometry().zoneCount())).inSuperblock()
            == null;
    takeCheckpoint(StopOnShortage.during(device, this::mendRecords));
    boolean isWritten =
        StopOnShortage.during(device, drive -> new SuperblockRepair(drive).repair());
    if (isWritten || hadNoLog) {
      done.add("wrote the superblock log anew");
    }
  }

  /** Writes a journal without the damage, and returns the format of the index. */
  private String mendRecords(ZonedDevice whole) throws IOException {
    FirstZones drive = new FirstZones(whole);
    // Features that forbid writing forbid a repair, too.
    SuperblockEntry entry = Recovery.find(drive, true, progress);
    var report = drive.report(0, drive.geometry().zoneCount());
    if (!new SuperblockCheck(drive, report, new Findings()).isPlausible(entry)) {
      throw new VolumeFormatException("no superblock entry is left that leads to the filesystem");
    }
    try (IndexCandidates history = IndexCandidates.of(drive, report, entry, plan, progress)) {
      CheckpointManifest manifest = history.recovered().checkpoint();
      String format = manifest == null ? plan.indexFormat() : manifest.format();
      RepairChanges changes = new RepairChanges(history.index(), history.mark(), progress);
      for (BatchRecord record : history.salvaged()) {
        changes.apply(record);
      }
      boolean lostCheckpoint = entry.checkpoint() != null && manifest == null;
      if (!history.isWhole() && (!lostCheckpoint || history.lostFrames() > 0)) {
        done.add(
            "the journal is damaged: "
                + history.lostFrames()
                + " frames are lost, and what changed in them; "
                + history.salvaged().size()
                + " records are saved");
      }
      if (lostCheckpoint) {
        done.add("the checkpoint cannot be read: what is older than the journal lost its names");
        new SummarySalvage(drive, entry, progress).addTo(changes);
        new SuspectHoles(changes).suspectAll();
      } else {
        new SuspectHoles(changes).suspectFilesOf(history.behindGap());
      }
      mendIndex(drive, changes, history);
      done.addAll(changes.notes());
      left.addAll(changes.remarks());
      if (!changes.batches().isEmpty() || !history.isWhole()) {
        new RepairLog(drive, history, plan.nonces()).write(changes.batches());
      }
      return format;
    }
  }

  private void mendIndex(ZonedDevice drive, RepairChanges changes, IndexCandidates history)
      throws IOException {
    Recovery.Recovered recovered = history.recovered();
    Directory hashes = new Directory(recovered.entry().filesystem());
    Instant now = plan.clock().instant();
    ZoneRoles zones =
        new ZoneRoles(drive.geometry(), recovered.report(), recovered, new Findings());
    new KeyRepair(changes).repair();
    new InodeRepair(changes, now).repair();
    new NameRepair(changes, hashes).repair();
    new TreeRepair(changes, hashes, now).repair();
    // Without all changes it is unknown which zone was used again: only the checksums decide.
    boolean whole = history.isWhole();
    new ExtentRepair(drive, changes, zones, new ExtentRepair.Doubt(plan.data() || !whole, !whole))
        .repair();
    new OverlapRepair(drive, changes, plan.scratch(), progress).repair();
    new CountRepair(changes, drive.geometry(), now).repair();
  }

  /** Mounts the repaired drive, which replaces journal and checkpoint. */
  private void takeCheckpoint(String format) throws IOException {
    try (ScratchIndex place = ScratchIndex.of(format, plan.scratch());
        Volume volume =
            Volume.mount(
                device,
                VolumeOptions.DEFAULT,
                new VolumeEnvironment(plan.clock(), plan.nonces(), place.stores(), false),
                progress)) {
      volume.listLostData();
      volume.renewMetadata();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * Checks an unmounted drive and writes nothing to it. Checks everything that a mount relies on:
 * both copies of the superblock log, the superblock entries at the heads of the journal, every
 * frame of the journal and its chain, every byte of the checkpoint; then rebuilds the index as a
 * mount without one does, and follows every reference in it; on demand it verifies the checksum of
 * every byte of file data.
 *
 * <p>The remains of a crash are not damage: a torn tail of the journal, a torn slot of the
 * superblock log, a superblock entry in only one of its copies, data that nothing names.
 *
 * <p>Costs one read of journal and checkpoint and a second one of the checkpoint for the rebuild;
 * an index as large as the drive's own (in memory for "pairs-1", in a temporary directory of the
 * host, removed afterwards, for "rocksdb-sst-1"); five scans of that index with two random reads
 * for every name; 8 bytes of memory for each zone; for the search for overlaps at most 64 MiB, and
 * for more than a million extents 32 bytes of a temporary file for each.
 */
public final class VolumeChecker {
  private VolumeChecker() {}

  /**
   * A defect.
   *
   * @param what is wrong
   * @param where it is: file, zone, byte of the drive
   * @param consequence for the user
   */
  public record Finding(String what, String where, String consequence) {}

  /**
   * The result of a check.
   *
   * @param findings empty if nothing is wrong; beyond 10,000 only their number is kept, in the last
   *     one
   * @param losses data that are recorded as lost: nothing is wrong with the filesystem
   * @param files number of inodes that are not directories
   * @param directories number of directories
   * @param bytesVerified file data whose checksums matched; 0 if data were not verified
   * @param wrongInCopy places where a copy of the drive, such as a member of a mirror, has wrong
   *     bytes while another copy is right: nothing is lost, and a scrub moves the data. Of file
   *     data every copy is read, of metadata what the check happens to read
   */
  public record CheckResult(
      List<Finding> findings,
      List<Finding> losses,
      long files,
      long directories,
      long bytesVerified,
      long wrongInCopy) {}

  /** Checks a drive; the index is rebuilt where this process has its temporary files. */
  public static CheckResult check(ZonedDevice device, boolean data, ProgressListener progress)
      throws IOException {
    return check(device, data, Scratch.ofSystem(), progress);
  }

  /**
   * Checks a drive.
   *
   * @param device the drive; no program may write to it meanwhile
   * @param data whether to verify all file data, which reads all of it
   * @param scratch where the index is rebuilt
   * @param progress receives each step
   * @throws HostException if the host cannot hold the index; the state of the drive is then unknown
   * @throws VolumeFormatException if it holds no filesystem, or one that this program does not know
   * @throws IOException if the drive does not answer, or the host has no memory for an access
   */
  public static CheckResult check(
      ZonedDevice device, boolean data, Scratch scratch, ProgressListener progress)
      throws IOException {
    return StopOnShortage.during(device, drive -> checkDrive(drive, data, scratch, progress));
  }

  private static CheckResult checkDrive(
      ZonedDevice whole, boolean data, Scratch scratch, ProgressListener progress)
      throws IOException {
    WrongPlaces wrong = new WrongPlaces(OneCopyDevice.pastCaches(whole));
    FirstZones device = new FirstZones(wrong);
    SuperblockEntry entry = Recovery.find(device, false, progress);
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    return new Run(device, wrong, report, entry, data, scratch, progress).check();
  }

  /** One check. */
  private static final class Run {
    private final FirstZones device;
    private final WrongPlaces wrong;
    private final List<ZoneDescriptor> report;
    private final SuperblockEntry entry;
    private final boolean data;
    private final Scratch scratch;
    private final ProgressListener progress;
    private final Findings findings = new Findings();

    Run(
        FirstZones device,
        WrongPlaces wrong,
        List<ZoneDescriptor> report,
        SuperblockEntry entry,
        boolean data,
        Scratch scratch,
        ProgressListener progress) {
      this.device = device;
      this.wrong = wrong;
      this.report = report;
      this.entry = entry;
      this.data = data;
      this.scratch = scratch;
      this.progress = progress;
    }

    CheckResult check() throws IOException {
      SuperblockCheck superblock = new SuperblockCheck(device, report, findings);
      superblock.checkLog(entry);
      if (!superblock.isPlausible(entry)) {
        return unusable();
      }
      CheckpointManifest manifest = null;
      if (entry.checkpoint() != null) {
        manifest = new CheckpointCheck(device, entry, findings, progress).check();
        if (manifest == null) {
          return unusable();
        }
      }
      try (ScratchIndex index = ScratchIndex.of(manifest, scratch)) {
        Recovery.Recovered recovered = recover(index);
        return recovered == null ? unusable() : checkIndex(recovered);
      }
    }

    private CheckResult unusable() {
      return new CheckResult(findings.list(), List.of(), 0, 0, 0, wrong.count());
    }

    private Recovery.@Nullable Recovered recover(ScratchIndex index) throws IOException {
      try {
        return new Recovery(device, index.stores(), progress).run(false);
      } catch (HostException host) {
        throw host;
      } catch (IOException damaged) {
        findings.add(
            "the newest state cannot be rebuilt: " + damaged.getMessage(),
            entry.segments().isEmpty()
                ? "the superblock entry"
                : "the journal, from zone "
                    + entry.segments().get(0).copies().get(0).zone()
                    + " on",
            "the filesystem cannot be mounted without a good index on the host");
        return null;
      }
    }

    private CheckResult checkIndex(Recovery.Recovered recovered) throws IOException {
      try (var index = recovered.index()) {
        new JournalCheck(device, report, recovered.entry(), findings)
            .check(recovered.journal().segments());
        ZoneRoles zones = new ZoneRoles(device.geometry(), report, recovered, findings);
        InodeCheck inodes = new InodeCheck(index, findings, progress);
        inodes.check();
        new NameCheck(
                index, recovered.entry().filesystem(), findings, progress, inodes.expectedNames())
            .check();
        ExtentCheck extents = new ExtentCheck(device, index, zones, findings, progress);
        extents.check(data);
        zones.checkRecords(index, extents.liveBytes());
        new LostDataCheck(device.geometry(), index, findings, extents.losses()).check();
        new OverlapSearch(
                device.geometry(),
                index,
                extents.extents(),
                scratch,
                progress,
                OverlapSearch.reportTo(findings, device.geometry(), index))
            .check();
        return new CheckResult(
            findings.list(),
            extents.losses().list(),
            inodes.files(),
            inodes.directories(),
            extents.bytesVerified(),
            wrong.count());
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.SegmentZones;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneStream;

/**
 * Puts the batches of a repair into the journal as a mount would, with one difference: the
 * superblock entry that names them is written last, after a flush; until then the heads of the
 * journal segments are drafts, which no mount takes for the newest entry. A crash before that
 * leaves the drive as it was, and afterwards the whole repair is there; no part of it ever counts
 * alone.
 */
final class RepairLog {
  private static final Logger LOG = LoggerFactory.getLogger(RepairLog.class);

  private final ZonedDevice device;
  private final IndexCandidates history;
  private final RandomGenerator nonces;

  RepairLog(ZonedDevice device, IndexCandidates history, RandomGenerator nonces) {
    this.device = device;
    this.history = history;
    this.nonces = nonces;
  }

  void write(List<BatchRecord> batches) throws IOException {
    Recovery.Recovered recovered = history.recovered();
    SuperblockEntry old = recovered.entry().withGenerationAboveUnread(recovered.report());
    SpacePlan.checkActiveZones(device.geometry(), old.facts().journalCopies());
    if (new SuperblockFinder(device, recovered.report()).inSuperblock() == null) {
      // First: after a crash the zones that the journal takes are missing, and few can replace
      // those of the log.
      old = restoreSuperblock(old);
    }
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    ZoneAllocator allocator = new ZoneAllocator(device, report, old.facts().journalCopies());
    SuperblockEntry next = old.withEpoch(old.epoch() + 1, history.segments());
    SuperblockLog superblockLog = new SuperblockLog(device, allocator, report, next);
    for (JournalSegment segment : history.segments()) {
      segment.copies().forEach(copy -> allocator.assign(copy.zone(), ZoneStream.JOURNAL));
    }
    superblockLog.holdBack();
    try (Journal journal =
        new Journal(
            device,
            old.filesystem(),
            next.epoch(),
            new JournalReader.Result(history.segments(), recovered.journal().end(), true, 0),
            new SegmentZones(device, allocator, superblockLog),
            nonces)) {
      journal.begin();
      for (BatchRecord batch : batches) {
        journal.append(batch.bytes());
      }
      journal.commit();
      journal.appendProof();
      device.flush();
      superblockLog.release();
      name(journal, superblockLog);
      device.flush();
    }
    superblockLog.close();
  }

  /**
   * Writes the entry that names all batches, first to the head of one more segment: that is another
   * copy, if a zone of the superblock log must be reset for the entry and no other zone has one.
   */
  private static void name(Journal journal, SuperblockLog superblockLog) throws IOException {
    try {
      journal.nextSegment();
    } catch (IOException noHead) {
      if (DeviceException.isFinal(noHead)) {
        throw noHead;
      }
      LOG.warn("no segment begins behind the repair: the log alone names it", noHead);
      superblockLog.write(superblockLog.current());
    }
  }

  /** Writes an entry to the superblock log, and returns it with the zones that the log has now. */
  private SuperblockEntry restoreSuperblock(SuperblockEntry entry) throws IOException {
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    SuperblockLog superblockLog =
        new SuperblockLog(
            device,
            new ZoneAllocator(device, report, entry.facts().journalCopies()),
            report,
            entry);
    superblockLog.write(entry);
    device.flush();
    superblockLog.close();
    return superblockLog.current();
  }
}

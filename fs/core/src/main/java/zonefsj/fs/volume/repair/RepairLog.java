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
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneStream;

/**
 * Puts the batches of a repair into the journal as a mount would, with one difference: no
 * superblock entry that names them counts before all of them are durable. A crash before that
 * leaves the drive as it was, and afterwards the whole repair is there; no part of it ever counts
 * alone, also if a zone of the superblock log is lost and a mount searches the heads of segments.
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
    SuperblockEntry old = recovered.entry().aboveUnread(recovered.report());
    SpacePlan.checkActiveZones(device.geometry(), old.facts().journalCopies());
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
   * Writes the entry that names all batches. It goes to the head of another segment first: if only
   * one zone of the superblock log is left, it may have to be reset.
   */
  private static void name(Journal journal, SuperblockLog superblockLog) throws IOException {
    try {
      journal.nextSegment();
    } catch (IOException noHead) {
      if (DeviceException.isFailedFlush(noHead)) {
        throw noHead;
      }
      LOG.warn("the repair is named by the superblock log alone", noHead);
      superblockLog.write(superblockLog.current());
    }
  }
}

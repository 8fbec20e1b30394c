// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import zonefsj.tests.crash.DriveChange.Finish;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneStream;

/**
 * What happened in a run, as the drive saw it.
 *
 * @param flushes flushes
 * @param journalSwitches how often the journal went on in another zone
 * @param checkpoints manifests of checkpoints
 * @param collectorChunks chunks that the collector moved
 * @param dataResets resets of any but the superblock's zones
 * @param superblockResets resets of the superblock's zones
 * @param finishes zones that were finished
 */
record Coverage(
    long flushes,
    long journalSwitches,
    long checkpoints,
    long collectorChunks,
    long dataResets,
    long superblockResets,
    long finishes) {

  static final Coverage NOTHING = new Coverage(0, 0, 0, 0, 0, 0, 0);

  static Coverage of(List<DriveChange> changes, Set<Integer> superblockZones) {
    long flushes = 0;
    long journalSwitches = 0;
    long checkpoints = 0;
    long collectorChunks = 0;
    long dataResets = 0;
    long superblockResets = 0;
    long finishes = 0;
    int journalZone = -1;
    for (DriveChange change : changes) {
      if (change instanceof Flush) {
        flushes++;
      } else if (change instanceof Finish) {
        finishes++;
      } else if (change instanceof Reset reset) {
        boolean superblock = superblockZones.contains(reset.zone());
        superblockResets += superblock ? 1 : 0;
        dataResets += superblock ? 0 : 1;
      } else if (change instanceof Write write) {
        FrameHeader header = FrameHeader.decode(ByteBuffer.wrap(write.bytes()));
        if (header == null) {
          continue;
        }
        if (header.kind() == FrameKind.JOURNAL) {
          journalSwitches += journalZone >= 0 && journalZone != write.zone() ? 1 : 0;
          journalZone = write.zone();
        }
        checkpoints += header.kind() == FrameKind.CHECKPOINT_MANIFEST ? 1 : 0;
        boolean moved =
            header.kind() == FrameKind.CHUNK && header.flags() == ZoneStream.GC.number();
        collectorChunks += moved ? 1 : 0;
      }
    }
    return new Coverage(
        flushes,
        journalSwitches,
        checkpoints,
        collectorChunks,
        dataResets,
        superblockResets,
        finishes);
  }

  Coverage plus(Coverage other) {
    return new Coverage(
        flushes + other.flushes,
        journalSwitches + other.journalSwitches,
        checkpoints + other.checkpoints,
        collectorChunks + other.collectorChunks,
        dataResets + other.dataResets,
        superblockResets + other.superblockResets,
        finishes + other.finishes);
  }
}

package zonefsj.fs.volume;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.journal.JournalZones;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Gives zones to the journal. Each segment begins behind a copy of the root that names it, so that
 * the journal is found even if the superblock log is lost; then the root goes to the superblock
 * log. Both are covered by the flush that makes the segment's first record count.
 */
final class VolumeJournalZones implements JournalZones {
  private final ZonedDevice device;
  private final ZoneAllocator allocator;
  private final RootLog roots;
  private final int unitBytes;

  VolumeJournalZones(ZonedDevice device, ZoneAllocator allocator, RootLog roots) {
    this.device = device;
    this.allocator = allocator;
    this.roots = roots;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
  }

  @Override
  public ZoneHandle nextZone(List<JournalSegment> closed, JournalPosition before)
      throws IOException {
    RootEntry current = roots.current();
    // A segment whose start is not known yet tells how long the root will be.
    int headBytes =
        current.withSegments(with(closed, current.epoch(), 0, 0, before)).frameBytes(unitBytes);
    ZoneHandle handle = zoneWithRoom(closed, headBytes + unitBytes);
    long start = handle.positionBytes() + headBytes;
    RootEntry next =
        current.withSegments(with(closed, current.epoch(), handle.zone(), start, before));
    handle.append(next.encode(headBytes));
    roots.write(next);
    return handle;
  }

  private static List<JournalSegment> with(
      List<JournalSegment> closed, long epoch, int zone, long start, JournalPosition before) {
    List<JournalSegment> grown = new ArrayList<>(closed);
    grown.add(new JournalSegment(zone, epoch, start, JournalSegment.OPEN, before));
    return grown;
  }

  private ZoneHandle zoneWithRoom(List<JournalSegment> closed, long neededBytes)
      throws IOException {
    if (!closed.isEmpty()) {
      int last = closed.get(closed.size() - 1).zone();
      ZoneState state = allocator.state(last);
      boolean goesOn =
          state.use() == Use.PARTIAL
              && state.stream() == ZoneStream.JOURNAL
              && state.capacityBytes() - state.writtenBytes() >= neededBytes;
      if (goesOn) {
        return allocator.open(last, ZoneStream.JOURNAL);
      }
    }
    return allocator
        .allocate(ZoneStream.JOURNAL)
        .orElseThrow(
            () ->
                new IOException(
                    "no free zone is left for the journal on " + device.geometry().description()));
  }
}

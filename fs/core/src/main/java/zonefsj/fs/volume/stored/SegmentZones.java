// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
 * Allocates zones for the journal, as many for each segment as mkfs decided. Each segment begins
 * behind a copy of the superblock entry that names it, so that the journal is found even if the
 * superblock log is lost; then the entry goes to the superblock log. The flush that makes the
 * segment's first record count covers both.
 */
public final class SegmentZones implements JournalZones {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentZones.class);

  private final ZonedDevice device;
  private final ZoneAllocator allocator;
  private final SuperblockLog superblockLog;
  private final int unitBytes;

  /** Allocates zones of one drive for the segments of its journal. */
  public SegmentZones(ZonedDevice device, ZoneAllocator allocator, SuperblockLog superblockLog) {
    this.device = device;
    this.allocator = allocator;
    this.superblockLog = superblockLog;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
  }

  @Override
  public int copies() {
    return superblockLog.current().facts().journalCopies();
  }

  @Override
  public List<ZoneHandle> nextZones(
      List<JournalSegment> closed,
      JournalPosition before,
      List<ZoneHandle> open,
      long firstFrameBytes)
      throws IOException {
    SuperblockEntry current = superblockLog.current();
    int headBytes = headBytes(closed, before);
    List<ZoneHandle> handles = zonesWithRoom(closed, open, headBytes + firstFrameBytes);
    boolean named = false;
    boolean done = false;
    try {
      List<JournalSegment.Copy> places = new ArrayList<>();
      for (ZoneHandle handle : handles) {
        places.add(new JournalSegment.Copy(handle.zone(), handle.positionBytes() + headBytes));
      }
      SuperblockEntry next = current.withSegments(with(closed, current.epoch(), places, before));
      SuperblockEntry head = superblockLog.atHead(next);
      try {
        for (ZoneHandle handle : handles) {
          handle.append(head.encode(headBytes));
        }
      } catch (IOException failed) {
        superblockLog.giveUp(head);
        throw failed;
      }
      named = true;
      superblockLog.writeBehindHead(next);
      done = true;
      return handles;
    } finally {
      if (!done) {
        giveBack(handles);
      }
      if (!named) {
        handles.forEach(handle -> resetUnlessNeeded(handle.zone(), closed));
      }
    }
  }

  /**
   * Resets a zone in which the head of a segment failed: no superblock entry names it. It is free
   * again at once, because a small drive has no spare zone for the next try.
   */
  private void resetUnlessNeeded(int zone, List<JournalSegment> closed) {
    boolean needed =
        closed.stream()
            .flatMap(segment -> segment.copies().stream())
            .anyMatch(copy -> copy.zone() == zone);
    if (needed) {
      return;
    }
    try {
      // Its handle is closed, so another stream may own it by now.
      allocator.resetIf(zone, () -> allocator.state(zone).stream() == ZoneStream.JOURNAL);
    } catch (IOException failed) {
      LOG.warn("zone {} cannot be reset before the next checkpoint", zone, failed);
    }
  }

  @Override
  public boolean hasRoomForSegment(
      List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end) {
    long needed = (long) headBytes(segments, end) + unitBytes;
    return open.size() == copies() && open.stream().allMatch(handle -> hasRoom(handle, needed));
  }

  /**
   * Length of the superblock entry before a segment; the unknown start of the segment does not
   * change it.
   */
  private int headBytes(List<JournalSegment> closed, JournalPosition before) {
    SuperblockEntry current = superblockLog.current();
    List<JournalSegment.Copy> unknown =
        Collections.nCopies(copies(), new JournalSegment.Copy(0, 0));
    return current
        .withSegments(with(closed, current.epoch(), unknown, before))
        .frameBytes(unitBytes);
  }

  private static List<JournalSegment> with(
      List<JournalSegment> closed,
      long epoch,
      List<JournalSegment.Copy> copies,
      JournalPosition before) {
    List<JournalSegment> grown = new ArrayList<>(closed);
    grown.add(new JournalSegment(copies, epoch, JournalSegment.OPEN, before));
    return grown;
  }

  private List<ZoneHandle> zonesWithRoom(
      List<JournalSegment> closed, List<ZoneHandle> open, long neededBytes) throws IOException {
    List<ZoneHandle> handles =
        new ArrayList<>(
            open.stream().filter(handle -> hasRoom(handle, neededBytes)).limit(copies()).toList());
    giveBack(open.stream().filter(handle -> !handles.contains(handle)).toList());
    boolean done = false;
    try {
      List<JournalSegment.Copy> last =
          closed.isEmpty() ? List.of() : closed.get(closed.size() - 1).copies();
      for (JournalSegment.Copy copy : last) {
        if (handles.size() < copies() && goesOn(copy.zone(), neededBytes)) {
          handles.add(allocator.open(copy.zone(), ZoneStream.JOURNAL));
        }
      }
      while (handles.size() < copies()) {
        Optional<ZoneHandle> more = allocator.allocate(ZoneStream.JOURNAL);
        if (more.isEmpty()) {
          break;
        }
        handles.add(more.get());
      }
      if (handles.isEmpty()) {
        throw new IOException(
            "no free zone is left for the journal on " + device.geometry().description());
      }
      if (handles.size() < copies()) {
        LOG.warn("the journal goes on in one zone: no second one is free");
      }
      done = true;
      return handles;
    } finally {
      if (!done) {
        giveBack(handles);
      }
    }
  }

  private boolean hasRoom(ZoneHandle handle, long neededBytes) {
    return handle.remainingBytes() >= neededBytes
        && !allocator.isFailed(handle.zone())
        && !mustLeave(handle.zone());
  }

  /** A zone that is given up is left as soon as another one is free. */
  private boolean mustLeave(int zone) {
    return allocator.isWithheld(zone) && allocator.canAllocate(ZoneStream.JOURNAL, copies());
  }

  private boolean goesOn(int zone, long neededBytes) {
    ZoneState state = allocator.state(zone);
    return state.use() == Use.PARTIAL
        && state.stream() == ZoneStream.JOURNAL
        && state.capacityBytes() - state.writtenBytes() >= neededBytes
        && !mustLeave(zone);
  }

  private static void giveBack(List<ZoneHandle> handles) {
    for (ZoneHandle handle : handles) {
      try {
        handle.close();
      } catch (IOException failed) {
        LOG.warn("zone {} could not be given back", handle.zone(), failed);
      }
    }
  }
}

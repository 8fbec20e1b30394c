// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.IOException;
import java.util.List;
import zonefsj.zonemgr.ZoneHandle;

/**
 * The source of zones for the journal. An implementation must give handles that no other user has,
 * of different zones for the copies of a segment, and must not reset a zone that a listed segment
 * is in.
 *
 * <p>Threading: called by the one thread that commits; it may wait for device I/O.
 */
public interface JournalZones {
  /**
   * Hands out a zone for each copy of the next segment. Before it returns, it writes the list of
   * segments {@code closed}, followed by one that begins at the handles' positions, to the drive.
   * The list becomes durable with the next flush, so before any record of the new segment counts.
   *
   * @param closed the journal so far; every segment has its length
   * @param before position of the journal just before the new segment
   * @param open the handles of the last segment that are still open. Those with space for the next
   *     one may be returned; the others are closed before a zone is allocated, and all are closed
   *     if this fails. A zone that was closed first could be finished for its active resource
   * @param firstFrameBytes length of the first frame of the segment: a zone with less space for it
   *     is not returned
   * @return at least one; fewer than the journal should have copies if no more zones are available
   */
  List<ZoneHandle> nextZones(
      List<JournalSegment> closed,
      JournalPosition before,
      List<ZoneHandle> open,
      long firstFrameBytes)
      throws IOException;

  /**
   * Whether the zones of the open segment have space for another segment after it, so that no zone
   * has to be allocated.
   *
   * @param open one for each copy of the open segment
   * @param segments the journal so far
   * @param end its position
   */
  boolean hasRoomForSegment(
      List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end);

  /** Number of copies that a segment should have. */
  int copies();
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.io.IOException;
import java.util.List;
import zonefsj.zonemgr.ZoneHandle;

/** Where the journal gets its next zones from. */
public interface JournalZones {
  /**
   * Hands out a zone for each copy of the next segment. When it returns, the list of segments
   * {@code closed}, followed by one that begins at the handles' positions, must be on the drive; it
   * becomes durable with the next flush, so before any record of the new segment counts.
   *
   * @param closed the journal so far; every segment has its length
   * @param before position of the journal just before the new segment
   * @return at least one; fewer than the journal should have copies if no more zones are to be had
   */
  List<ZoneHandle> nextZones(List<JournalSegment> closed, JournalPosition before)
      throws IOException;

  /**
   * Whether the zones of the open segment can take another one behind it, so that none has to be
   * allocated for it.
   *
   * @param open one for each copy of the open segment
   * @param segments the journal so far
   * @param end its position
   */
  boolean hasRoomForSegment(
      List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end);

  /** How many copies a segment should have. */
  int copies();
}

package zonefsj.journal;

import java.io.IOException;
import java.util.List;
import zonefsj.zonemgr.ZoneHandle;

/** Where the journal gets its next zone from. */
public interface JournalZones {
  /**
   * Hands out a zone for the next segment. When it returns, the list of segments {@code closed},
   * followed by one that begins at the handle's position, must be on the drive; it becomes durable
   * with the next flush, so before any record of the new segment counts.
   *
   * @param closed the journal so far; every segment has its end
   * @param before position of the journal just before the new segment
   */
  ZoneHandle nextZone(List<JournalSegment> closed, JournalPosition before) throws IOException;
}

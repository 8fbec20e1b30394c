package zonefsj.journal;

/**
 * A run of frames of one epoch in one zone. The list of segments, in order, is the journal.
 *
 * @param zone index of the zone
 * @param epoch of the mount that wrote it; every frame in it carries the same
 * @param startBytes absolute position of its first frame
 * @param endBytes absolute position behind its last frame; {@link #OPEN} while it may grow
 * @param before position of the journal just before its first frame
 */
public record JournalSegment(
    int zone, long epoch, long startBytes, long endBytes, JournalPosition before) {
  /** The end of a segment that may grow: its frames are followed as far as they are valid. */
  public static final long OPEN = 0;

  /** Encoded length in bytes. */
  public static final int BYTES = 44;

  /** The same segment with its end known. */
  public JournalSegment closedAt(long positionBytes) {
    return new JournalSegment(zone, epoch, startBytes, positionBytes, before);
  }
}

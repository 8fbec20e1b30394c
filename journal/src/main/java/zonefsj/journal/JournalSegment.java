// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.util.List;

/**
 * A sequence of frames of one epoch. The list of segments, in order, is the journal. A mirrored
 * journal has every segment in two zones: the same frames, at the same distance from the start of
 * each.
 *
 * @param copies its copies; at least one, each in a zone of its own
 * @param epoch of the mount that wrote it; every frame in it carries the same
 * @param lengthBytes from its start to the end of its last frame; {@link #OPEN} while it may grow
 * @param before position of the journal just before its first frame
 */
public record JournalSegment(
    List<Copy> copies, long epoch, long lengthBytes, JournalPosition before) {
  /**
   * The length of a segment that may grow: a reader follows its frames as long as they are valid.
   */
  public static final long OPEN = -1;

  /** Largest number of copies of a segment. */
  public static final int MAX_COPIES = 2;

  /** Copies the list and checks the number of copies. */
  public JournalSegment {
    copies = List.copyOf(copies);
    if (copies.isEmpty() || copies.size() > MAX_COPIES) {
      throw new IllegalArgumentException("a journal segment of " + copies.size() + " copies");
    }
  }

  /**
   * One copy of a segment.
   *
   * @param zone index of the zone
   * @param startBytes absolute position of its first frame
   */
  public record Copy(int zone, long startBytes) {}

  /** Whether the segment may grow. */
  public boolean isOpen() {
    return lengthBytes == OPEN;
  }

  /** Whether a copy of the segment lies in a zone. */
  public boolean liesIn(int zone) {
    return copies.stream().anyMatch(copy -> copy.zone() == zone);
  }

  /** The same segment with this length. */
  public JournalSegment closedAt(long bytes) {
    return new JournalSegment(copies, epoch, bytes, before);
  }
}

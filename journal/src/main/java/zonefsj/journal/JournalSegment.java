// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.util.List;

/**
 * A run of frames of one epoch. The list of segments, in order, is the journal. A mirrored journal
 * has every segment in two zones: the same frames, at the same distance from the start of each.
 *
 * @param copies where it is; at least one, each in a zone of its own
 * @param epoch of the mount that wrote it; every frame in it carries the same
 * @param lengthBytes from its start to behind its last frame; {@link #OPEN} while it may grow
 * @param before position of the journal just before its first frame
 */
public record JournalSegment(
    List<Copy> copies, long epoch, long lengthBytes, JournalPosition before) {
  /** The length of a segment that may grow: its frames are followed as far as they are valid. */
  public static final long OPEN = -1;

  /** Most copies of a segment. */
  public static final int MAX_COPIES = 2;

  /** Takes the list as it is. */
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

  /** Whether it may grow. */
  public boolean isOpen() {
    return lengthBytes == OPEN;
  }

  /** Whether one of its copies is in a zone. */
  public boolean liesIn(int zone) {
    return copies.stream().anyMatch(copy -> copy.zone() == zone);
  }

  /** The same segment with its length known. */
  public JournalSegment closedAt(long bytes) {
    return new JournalSegment(copies, epoch, bytes, before);
  }
}

package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/** What a frame carries. The number is on the drive: never change one, only add. */
public enum FrameKind {
  /**
   * Where journal and checkpoint are: an entry of the superblock log, and the head of a segment.
   */
  ROOT(1),
  /** A record of the journal, or a fragment of one. */
  JOURNAL(2),
  /** File data behind a summary. */
  CHUNK(3),
  /** A part of a file of a checkpoint. */
  CHECKPOINT_PART(4),
  /** The list of the files of a checkpoint. */
  CHECKPOINT_MANIFEST(5),
  /** Nothing: fills a zone up to its capacity. */
  PADDING(6);

  private final int number;

  FrameKind(int number) {
    this.number = number;
  }

  /** The number on the drive. */
  public int number() {
    return number;
  }

  static @Nullable FrameKind of(int number) {
    for (FrameKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    return null;
  }
}

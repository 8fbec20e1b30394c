// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/** What a frame carries. The number is on the drive: never change a number, only add new ones. */
public enum FrameKind {
  /** Superblock entry: an entry of the superblock log, or the head of a journal segment. */
  ROOT(1, 64 << 10),
  /** A record of the journal, or a fragment of one. */
  JOURNAL(2, 1 << 20),
  /** File data after a summary. */
  CHUNK(3, 2 << 20),
  /** A part of a file of a checkpoint. */
  CHECKPOINT_PART(4, (16 << 20) + (64 << 10)),
  /** The list of the files of a checkpoint. */
  CHECKPOINT_MANIFEST(5, 256 << 20),
  /** Padding: fills a zone up to its capacity. */
  PADDING(6, Integer.MAX_VALUE);

  private final int number;
  private final int maxFrameBytes;

  FrameKind(int number, int maxFrameBytes) {
    this.number = number;
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * Longest frame that a reader accepts, in bytes; frames that a writer produces are much shorter.
   * The limit exists because a reader allocates the length in the header before it can verify the
   * rest.
   */
  public int maxFrameBytes() {
    return maxFrameBytes;
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

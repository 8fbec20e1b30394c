// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;

/** What a zone serves. The number is on the drive: never change a number, only add new ones. */
public enum ZoneStream {
  /** The superblock log, in two zones. */
  SUPERBLOCK(1),
  /** The redo log. */
  JOURNAL(2),
  /** Images of the metadata index. */
  CHECKPOINT(3),
  /** File data that is expected to change soon. */
  HOT(4),
  /** File data that is expected to stay. */
  COLD(5),
  /** File data that the collector moved. */
  GC(6);

  private final int number;

  ZoneStream(int number) {
    this.number = number;
  }

  /** The number on the drive. */
  public int number() {
    return number;
  }

  /** Whether the stream holds file data, which the collector may move. */
  public boolean isData() {
    return this == HOT || this == COLD || this == GC;
  }

  /** The stream with a number that was read from the drive. */
  public static ZoneStream of(int number) throws IOException {
    for (ZoneStream stream : values()) {
      if (stream.number == number) {
        return stream;
      }
    }
    throw new IOException("unknown zone stream " + number);
  }
}

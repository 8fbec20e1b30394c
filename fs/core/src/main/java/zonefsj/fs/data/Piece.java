package zonefsj.fs.data;

import org.jspecify.annotations.Nullable;

/**
 * A range of a file and where its new bytes are.
 *
 * @param from first offset
 * @param to offset behind the last
 * @param run holds the bytes; null for a hole
 * @param runOffset where in the run they begin
 */
public record Piece(long from, long to, @Nullable Run run, int runOffset) {
  /** A hole. */
  static Piece hole(long from, long to) {
    return new Piece(from, to, null, 0);
  }

  /** Length in bytes. */
  public long length() {
    return to - from;
  }

  Piece part(long partFrom, long partTo) {
    return new Piece(partFrom, partTo, run, run == null ? 0 : runOffset + (int) (partFrom - from));
  }
}

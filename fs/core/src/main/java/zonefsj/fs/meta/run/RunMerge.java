// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of one column family as one: of each key the newest row, unless a newer piece deletes a
 * range that contains it. The rows of a piece are in force above its own deleted ranges.
 *
 * <p>Cost: a row takes a comparison with the present key of each piece. There are few pieces at one
 * key: eight of a tier, and one of the last level.
 *
 * <p>Threading: one thread.
 */
public final class RunMerge {
  /** The rows of a piece; the piece itself. */
  private static final class Source {
    final RunPiece piece;
    final RunPiece.Rows rows;
    boolean isAtRow;

    Source(RunPiece piece, byte[] from) throws IOException {
      this.piece = piece;
      this.rows = piece.rows(from);
      this.isAtRow = rows.next();
    }

    void next() throws IOException {
      isAtRow = rows.next();
    }
  }

  private final List<Source> newestFirst = new ArrayList<>();
  private final boolean keepsDeleted;
  private byte[] key = new byte[0];
  private byte @Nullable [] value;

  /**
   * Begins a merge.
   *
   * @param newestFirst pieces of one column family, the newest first
   * @param from first key
   * @param keepsDeleted whether deleted keys are rows: not if nothing older lies below
   * @throws IOException if a piece cannot be read
   */
  public RunMerge(List<RunPiece> newestFirst, byte[] from, boolean keepsDeleted)
      throws IOException {
    for (RunPiece piece : newestFirst) {
      this.newestFirst.add(new Source(piece, from));
    }
    this.keepsDeleted = keepsDeleted;
  }

  /**
   * Goes to the next row.
   *
   * @return false at the end
   * @throws IOException if a piece cannot be read
   */
  public boolean next() throws IOException {
    for (Source newest = newestAtLowestKey(); newest != null; newest = newestAtLowestKey()) {
      key = newest.rows.key();
      value = isHidden(newest) ? null : newest.rows.value();
      boolean isRow = value != null || (keepsDeleted && newest.rows.value() == null);
      skipPresentKey();
      if (isRow) {
        return true;
      }
    }
    return false;
  }

  /** The present key; the caller must not change it. */
  public byte[] key() {
    return key;
  }

  /** The present value; null if the key is deleted. The caller must not change it. */
  public byte @Nullable [] value() {
    return value;
  }

  private @Nullable Source newestAtLowestKey() {
    Source lowest = null;
    for (Source source : newestFirst) {
      if (source.isAtRow
          && (lowest == null || Arrays.compareUnsigned(source.rows.key(), lowest.rows.key()) < 0)) {
        lowest = source;
      }
    }
    return lowest;
  }

  /** Whether a piece that is newer than this one deletes the present key. */
  private boolean isHidden(Source source) {
    for (Source newer : newestFirst) {
      if (newer == source) {
        return false;
      }
      if (newer.piece.hides(key)) {
        return true;
      }
    }
    return false;
  }

  private void skipPresentKey() throws IOException {
    for (Source source : newestFirst) {
      if (source.isAtRow && Arrays.equals(source.rows.key(), key)) {
        source.next();
      }
    }
  }
}

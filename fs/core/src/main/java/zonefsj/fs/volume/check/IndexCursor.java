// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.PassProgress;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;

/**
 * Walks a family key by key, so that several can be merged: a scan cut into pieces of bounded size.
 * Keys of an impossible length are reported and skipped. Holds about 1 MiB. Single-threaded.
 */
public final class IndexCursor {
  private static final int PIECE_ENTRIES = 2048;
  private static final int PIECE_BYTES = 1 << 20;

  /** One key and its value, never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(byte[] key, byte[] value) {
    /** The inode at the beginning of the key. */
    public long inode() throws IOException {
      return Keys.leadingInode(key);
    }
  }

  private final MetadataReader index;
  private final ColumnFamily family;
  private final Findings findings;
  private final PassProgress progress;
  private final ArrayDeque<Entry> piece = new ArrayDeque<>();
  private byte[] from = new byte[0];
  private boolean exhausted;

  /** Walks one family of an index from its first key on. */
  public IndexCursor(MetadataReader index, ColumnFamily family, Findings findings) {
    this(index, family, findings, PassProgress.silent());
  }

  /**
   * @param progress counts the entries that are taken
   */
  public IndexCursor(
      MetadataReader index, ColumnFamily family, Findings findings, PassProgress progress) {
    this.index = index;
    this.family = family;
    this.findings = findings;
    this.progress = progress;
  }

  /** The next entry, without taking it; null at the end. */
  public @Nullable Entry peek() throws IOException {
    while (piece.isEmpty() && !exhausted) {
      fill();
    }
    return piece.peek();
  }

  /** Takes the entry that {@link #peek} shows. */
  public void skip() {
    piece.remove();
    progress.add(1);
  }

  /** Takes the next entry if it begins with this inode, else returns null. */
  public @Nullable Entry nextOf(long inode) throws IOException {
    Entry entry = peek();
    if (entry == null || entry.inode() != inode) {
      return null;
    }
    skip();
    return entry;
  }

  /** Takes the next entry if it begins with a smaller inode, else returns null; unsigned order. */
  public @Nullable Entry nextBefore(long inode) throws IOException {
    Entry entry = peek();
    if (entry == null || Long.compareUnsigned(entry.inode(), inode) >= 0) {
      return null;
    }
    skip();
    return entry;
  }

  private void fill() throws IOException {
    int[] bytes = {0};
    int[] seen = {0};
    index.scan(
        family,
        from,
        null,
        (key, value) -> {
          from = Arrays.copyOf(key, key.length + 1);
          seen[0]++;
          bytes[0] += key.length + value.length;
          if (Keys.hasRightLength(family, key)) {
            piece.add(new Entry(key, value));
          } else {
            findings.add(
                "a key of " + key.length + " bytes",
                "family " + family + " of the index",
                "what it should say is lost");
          }
          return seen[0] < PIECE_ENTRIES && bytes[0] < PIECE_BYTES;
        });
    exhausted = seen[0] < PIECE_ENTRIES && bytes[0] < PIECE_BYTES;
  }
}

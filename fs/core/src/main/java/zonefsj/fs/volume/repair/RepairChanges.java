// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.check.Findings;
import zonefsj.fs.volume.check.IndexCursor;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * What a repair changes: applied to the rebuilt index pass by pass, so that each pass sees what the
 * one before it mended, and kept as batches until all of them go to the journal at once. Takes the
 * memory of what is changed. Single-threaded.
 */
final class RepairChanges {
  /** A mount must be able to replay what it finds, under the heap of any daemon. */
  private static final int MOST_BATCH_BYTES = 1 << 20;

  private final MetadataStore index;
  private final ProgressListener progress;
  private final Map<ColumnFamily, Long> counts = new EnumMap<>(ColumnFamily.class);

  /** Of the present pass, not applied yet; the last one in {@link #pass}. */
  private final List<BatchRecord> full = new ArrayList<>();

  private long passBytes;
  private final List<BatchRecord> batches = new ArrayList<>();
  private final Map<String, Long> notes = new TreeMap<>();
  private BatchRecord.Builder pass = new BatchRecord.Builder();
  private AppliedPosition mark;

  /**
   * @param progress hears of each walk over the index
   */
  RepairChanges(MetadataStore index, AppliedPosition mark, ProgressListener progress) {
    this.index = index;
    this.mark = mark;
    this.progress = progress;
  }

  /** A family has so many keys, for walks that follow. */
  void counted(ColumnFamily family, long keys) {
    counts.put(family, keys);
  }

  /** How many keys a family had when they were counted. */
  long count(ColumnFamily family) {
    return counts.getOrDefault(family, 0L);
  }

  /** Walks a family of the index, and tells how far it is. */
  IndexCursor walk(ColumnFamily family, String what) {
    PassProgress pass = new PassProgress(progress, what, count(family));
    return new IndexCursor(index, family, new Findings(), pass);
  }

  /** The index with all passes before this one. */
  MetadataReader index() {
    return index;
  }

  byte @Nullable [] inode(long inode) throws IOException {
    return index.get(ColumnFamily.INODES, Keys.inode(inode));
  }

  void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
    long bytes = key.length + (value == null ? 0L : value.length);
    if (passBytes + bytes > MOST_BATCH_BYTES && pass.changes() > 0) {
      full.add(pass.build());
      pass = new BatchRecord.Builder();
      passBytes = 0;
    }
    passBytes += bytes;
    pass.put(family, key, value);
  }

  void delete(ColumnFamily family, byte[] key) {
    put(family, key, null);
  }

  /** Counts one thing that was mended. */
  void note(String what) {
    notes.merge(what, 1L, Long::sum);
  }

  /** What was mended, and how often. */
  List<String> notes() {
    return notes.entrySet().stream()
        .map(
            note -> note.getKey() + (note.getValue() == 1 ? "" : ": " + note.getValue() + " times"))
        .toList();
  }

  /** Ends a pass. */
  void apply() throws IOException {
    for (BatchRecord batch : full) {
      apply(batch);
    }
    full.clear();
    passBytes = 0;
    if (pass.changes() > 0) {
      apply(pass.build());
      pass = new BatchRecord.Builder();
    }
  }

  /** Takes over a batch as it is. */
  void apply(BatchRecord batch) throws IOException {
    mark = new AppliedPosition(mark.filesystem(), mark.sequence() + 1, mark.chain());
    index.apply(batch, mark);
    batches.add(batch);
  }

  List<BatchRecord> batches() {
    return batches;
  }
}

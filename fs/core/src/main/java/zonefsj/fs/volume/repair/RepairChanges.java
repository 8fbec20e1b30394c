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
 * The changes of a repair: applied to the rebuilt index pass by pass, so that each pass sees the
 * repairs of the previous ones, and kept as batches until all go to the journal at once. Takes the
 * memory of the changes. Single-threaded.
 */
final class RepairChanges {
  /** A mount must be able to replay each batch, with the heap of any daemon. */
  private static final int MOST_BATCH_BYTES = 1 << 20;

  private final MetadataStore index;
  private final ProgressListener progress;
  private final Map<ColumnFamily, Long> counts = new EnumMap<>(ColumnFamily.class);

  /** Batches of the current pass, not applied yet; the last one is in {@link #pass}. */
  private final List<BatchRecord> full = new ArrayList<>();

  private long passBytes;
  private final List<BatchRecord> batches = new ArrayList<>();
  private final Map<String, Long> notes = new TreeMap<>();
  private final Map<String, Long> remarks = new TreeMap<>();
  private BatchRecord.Builder pass = new BatchRecord.Builder();
  private AppliedPosition mark;

  /**
   * @param progress receives each walk over the index
   */
  RepairChanges(MetadataStore index, AppliedPosition mark, ProgressListener progress) {
    this.index = index;
    this.mark = mark;
    this.progress = progress;
  }

  /** Sets the number of keys of a family, for later walks. */
  void counted(ColumnFamily family, long keys) {
    counts.put(family, keys);
  }

  /** Number of keys that a family had when they were counted. */
  long count(ColumnFamily family) {
    return counts.getOrDefault(family, 0L);
  }

  /** Walks a family of the index, and reports progress. */
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

  /** Counts one repair. */
  void note(String what) {
    notes.merge(what, 1L, Long::sum);
  }

  /** Counts one place that is not repaired. */
  void remark(String what) {
    remarks.merge(what, 1L, Long::sum);
  }

  /** The repairs, and how often each was made. */
  List<String> notes() {
    return lines(notes);
  }

  /** What is not repaired, and in how many places. */
  List<String> remarks() {
    return lines(remarks);
  }

  private static List<String> lines(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(one -> one.getKey() + (one.getValue() == 1 ? "" : ": " + one.getValue() + " times"))
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

  /** Applies a whole batch. */
  void apply(BatchRecord batch) throws IOException {
    mark = new AppliedPosition(mark.filesystem(), mark.sequence() + 1, mark.chain());
    index.apply(batch, mark);
    batches.add(batch);
  }

  List<BatchRecord> batches() {
    return batches;
  }
}

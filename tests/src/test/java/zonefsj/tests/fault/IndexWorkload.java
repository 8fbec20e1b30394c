// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/** Batches for an index, such as a filesystem's, with the odd ones more often. */
final class IndexWorkload {
  private static final UUID FILESYSTEM = new UUID(0x1dea, 5);

  private static final List<ColumnFamily> FAMILIES = List.of(ColumnFamily.values());
  private static final int MAX_VALUE_BYTES = 131 << 10;

  private final MetadataStore store;
  private final SplittableRandom random;
  private final int inodes;
  private long sequence;

  /**
   * @param inodes how many there are: the fewer, the more often keys are written again
   */
  IndexWorkload(MetadataStore store, SplittableRandom random, int inodes) {
    this.store = store;
    this.random = random;
    this.inodes = inodes;
  }

  /** The mark of a batch. */
  static AppliedPosition mark(long sequence) {
    return new AppliedPosition(FILESYSTEM, sequence, sequence * 31);
  }

  /** Applies batches. */
  void run(int batches) throws IOException {
    for (int batch = 0; batch < batches; batch++) {
      sequence++;
      store.apply(this::changes, mark(sequence));
    }
  }

  private void changes(MetadataBatch.Sink sink) throws IOException {
    for (int change = random.nextInt(40); change >= 0; change--) {
      ColumnFamily family = FAMILIES.get(random.nextInt(FAMILIES.size()));
      switch (random.nextInt(12)) {
        case 0 -> range(sink, family);
        case 1, 2 -> sink.put(family, key(family), null);
        case 3 -> sequentialExtents(sink);
        default -> sink.put(family, key(family), value(family));
      }
    }
  }

  /** Of one file, of many, of all, of nothing. */
  private void range(MetadataBatch.Sink sink, ColumnFamily family) throws IOException {
    byte[] from = key(family);
    byte[] to =
        switch (random.nextInt(4)) {
          case 0 -> key(family);
          case 1 -> new byte[] {-1};
          default -> {
            byte[] next = from.clone();
            next[Math.min(7, next.length - 1)]++;
            yield next;
          }
        };
    sink.deleteRange(family, from, to);
  }

  private void sequentialExtents(MetadataBatch.Sink sink) throws IOException {
    long inode = inode();
    long end = random.nextInt(1 << 20) * 4096L;
    for (int extent = 0; extent < 100; extent++) {
      end += 4096;
      byte[] key = ByteBuffer.allocate(16).putLong(inode).putLong(end).array();
      sink.put(ColumnFamily.EXTENTS, key, value(ColumnFamily.EXTENTS));
    }
  }

  private long inode() {
    return 1L + random.nextInt(inodes);
  }

  private byte[] key(ColumnFamily family) {
    return switch (family) {
      case META -> new byte[] {'k', (byte) ('a' + random.nextInt(6))};
      case INODES, ORPHANS -> ByteBuffer.allocate(8).putLong(inode()).array();
      case ENTRIES, EXTENTS, STAGED ->
          ByteBuffer.allocate(16).putLong(inode()).putLong(random.nextLong() >>> 1).array();
      case XATTRS -> {
        byte[] name = CraftedBytes.random(random, 1 + random.nextInt(255));
        yield ByteBuffer.allocate(8 + name.length).putLong(inode()).put(name).array();
      }
      case PARENTS ->
          ByteBuffer.allocate(24)
              .putLong(inode())
              .putLong(inode())
              .putLong(random.nextLong() >>> 1)
              .array();
      case ZONES -> ByteBuffer.allocate(4).putInt(random.nextInt(20_000)).array();
    };
  }

  private byte[] value(ColumnFamily family) {
    boolean large =
        random.nextInt(200) == 0
            && (family == ColumnFamily.XATTRS
                || family == ColumnFamily.EXTENTS
                || family == ColumnFamily.INODES);
    byte[] value =
        CraftedBytes.random(random, large ? random.nextInt(MAX_VALUE_BYTES) : random.nextInt(120));
    if (random.nextBoolean()) {
      // Compresses.
      Arrays.fill(value, (byte) random.nextInt(4));
    }
    return value;
  }
}

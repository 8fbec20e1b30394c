// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks a table from its footer to its last entry. It must match our settings: format version 6,
 * checksums of type XXH3, contiguous blocks, an index of one level.
 *
 * <pre>
 * data blocks | filter | index | range deletions | properties | metaindex | footer
 * </pre>
 *
 * The footer has 53 bytes: type of the checksums (1), 3E 00 7A 00, checksum (4), checksum of the
 * context (4), length of the metaindex (4), zeros (24), format version (4), magic (8).
 */
final class TableCheck {
  private static final String FILTER = "fullfilter.rocksdb.BuiltinBloomFilter";
  private static final String INDEX = "rocksdb.index";
  private static final String RANGES = "rocksdb.range_del";
  private static final String PROPERTIES = "rocksdb.properties";

  /** Position of a missing block. */
  private static final BlockHandle NOWHERE = new BlockHandle(-1, 0);

  private static final int FOOTER_BYTES = 53;
  private static final int XXH3 = 4;
  private static final int EXTENDED_MAGIC = 0x007a003e;
  private static final long MAGIC = 0x88e241b785f4cff7L;
  private static final int VERSION = 6;
  private static final int METAINDEX_LENGTH_AT = 13;
  private static final int ZEROS_AT = 17;
  private static final int VERSION_AT = 41;
  private static final int MAGIC_AT = 45;

  /** A data block has 8 KiB and one entry more, of at most 131 KiB. */
  private static final int MOST_DATA_BYTES = 8 << 20;

  /**
   * One key for each data block. A table has 16 MiB of stored data blocks, and some are shorter
   * than their key, which has up to 263 bytes and is stored whole.
   */
  private static final int MOST_INDEX_BYTES = 96 << 20;

  /** Keys that do not compress in the index do not compress in the data either. */
  private static final int MOST_STORED_INDEX_BYTES = 32 << 20;

  /**
   * A table may contain only range deletions, and RocksDB does not count them when it decides to
   * start a new table.
   */
  private static final int MOST_RANGES_BYTES = 64 << 20;

  private static final int MOST_PROPERTIES_BYTES = 1 << 20;

  /** 10 bits for each key; only the end is read. */
  private static final int MOST_FILTER_BYTES = 64 << 20;

  private static final int FILTER_TAIL_BYTES = 5;
  private static final int FILTER_LINE_BYTES = 64;
  private static final int MOST_PROBES = 30;

  private static final String NOT_ADJOINING = "its blocks do not lie one behind the other";
  private static final String NOT_IN_ORDER = "its index has keys that are not in order";

  /** Limit of equal ranges: RocksDB writes one for each of its snapshots, and we take none. */
  private static final int MOST_EQUAL_RANGES = 64;

  private final TableFile file;
  private final TableEntry expected;
  private final long footerAt;

  private final TableProperties.Content content = new TableProperties.Content();

  private TableCheck(TableFile file, TableEntry expected) {
    this.file = file;
    this.expected = expected;
    this.footerAt = file.length() - FOOTER_BYTES;
  }

  /**
   * Checks a table.
   *
   * @throws ImageDamagedException if RocksDB does not write such a table with our settings
   * @throws zonefsj.fs.HostException if the host cannot read it
   */
  static void check(Path path, TableEntry expected) throws IOException {
    try (TableFile file = new TableFile(path)) {
      new TableCheck(file, expected).check();
    }
  }

  private void check() throws IOException {
    require(file.length() == expected.bytes(), "it is not as long as the MANIFEST says");
    require(footerAt > 0, "it is too short");
    BlockHandle metaindex = readFooter();
    Map<String, BlockHandle> meta = readMetaindex(metaindex);
    TableProperties properties = readProperties(meta);
    checkFilter(meta.get(FILTER));
    if (meta.containsKey(RANGES)) {
      checkRanges(meta.get(RANGES));
    }
    long dataEnd = checkIndex(meta.get(INDEX), properties.indexHasUserKeys());
    checkLayout(meta, dataEnd, metaindex.at());
    properties.check(content);
  }

  private static void require(boolean right, String wrong) throws ImageDamagedException {
    if (!right) {
      throw new ImageDamagedException(wrong);
    }
  }

  /** Returns the handle of the metaindex. */
  private BlockHandle readFooter() throws IOException {
    byte[] footer = file.read(footerAt, FOOTER_BYTES);
    byte[] zeros = Arrays.copyOfRange(footer, ZEROS_AT, VERSION_AT);
    boolean ours =
        footer[0] == XXH3
            && Cursor.fixed32(footer, 1) == EXTENDED_MAGIC
            && Arrays.equals(zeros, new byte[zeros.length])
            && Cursor.fixed32(footer, VERSION_AT) == VERSION
            && Cursor.fixed64(footer, MAGIC_AT) == MAGIC;
    require(ours, "its footer is none of ours");
    long length = Cursor.fixed32(footer, METAINDEX_LENGTH_AT) & 0xffffffffL;
    return new BlockHandle(footerAt - BlockHandle.TRAILER_BYTES - length, length);
  }

  private Map<String, BlockHandle> readMetaindex(BlockHandle place) throws IOException {
    file.readBlock(place, footerAt, MOST_PROPERTIES_BYTES, false);
    BlockEntries entries = file.entries(BlockEntries.Values.ANY);
    Map<String, BlockHandle> meta = new TreeMap<>();
    String before = "";
    while (entries.next()) {
      String name = new String(entries.keyCopy(), ISO_8859_1);
      boolean known =
          name.equals(FILTER)
              || name.equals(INDEX)
              || name.equals(RANGES)
              || name.equals(PROPERTIES);
      require(known && name.compareTo(before) > 0, "its metaindex names what we do not write");
      byte[] value = entries.valueCopy();
      Cursor in = new Cursor(value, 0, value.length);
      meta.put(name, BlockHandle.read(in));
      require(!in.hasMore(), "its metaindex has more than a handle");
      before = name;
    }
    require(meta.containsKey(INDEX) && meta.containsKey(PROPERTIES), "it has no index");
    return meta;
  }

  private TableProperties readProperties(Map<String, BlockHandle> meta) throws IOException {
    file.readBlock(meta.getOrDefault(PROPERTIES, NOWHERE), footerAt, MOST_PROPERTIES_BYTES, false);
    return new TableProperties(file.entries(BlockEntries.Values.ANY));
  }

  /**
   * A filter has lines of 64 bytes, then -1, 0, the number of probes, 0, 0; or nothing if there are
   * no keys.
   */
  private void checkFilter(@Nullable BlockHandle place) throws IOException {
    if (place == null || place.bytes() == 0) {
      return;
    }
    byte[] tail = file.readTail(place, footerAt, MOST_FILTER_BYTES, FILTER_TAIL_BYTES);
    long lines = place.bytes() - FILTER_TAIL_BYTES;
    boolean ours =
        tail.length == FILTER_TAIL_BYTES
            && lines > 0
            && lines % FILTER_LINE_BYTES == 0
            && tail[0] == -1
            && tail[1] == 0
            && tail[2] >= 1
            && tail[2] <= MOST_PROBES
            && tail[3] == 0
            && tail[4] == 0;
    require(ours, "its filter is none of ours");
  }

  /**
   * Range deletions are stored in disjoint pieces: RocksDB splits them when it writes. It splits
   * them again when it reads, and nested ones would take time proportional to the square of their
   * number.
   */
  private void checkRanges(BlockHandle place) throws IOException {
    file.readBlock(place, footerAt, MOST_RANGES_BYTES, false);
    BlockEntries entries = file.entries(BlockEntries.Values.ANY);
    byte[] from = {};
    byte[] to = {};
    int equal = 0;
    while (entries.next()) {
      checkInternalKey(entries, InternalKeys.RANGE_DELETION, InternalKeys.RANGE_DELETION);
      byte[] nextFrom = Arrays.copyOf(entries.key(), entries.keyBytes() - InternalKeys.TAIL_BYTES);
      byte[] nextTo = entries.valueCopy();
      require(
          Arrays.compareUnsigned(nextFrom, nextTo) < 0, "a range deletion ends before it begins");
      boolean same =
          content.rangeDeletions() > 0
              && Arrays.equals(from, nextFrom)
              && Arrays.equals(to, nextTo);
      equal = same ? equal + 1 : 0;
      boolean apart = content.rangeDeletions() == 0 || Arrays.compareUnsigned(nextFrom, to) >= 0;
      require(apart || (same && equal < MOST_EQUAL_RANGES), "range deletions overlap");
      from = nextFrom;
      to = nextTo;
      content.addRangeDeletion(entries);
    }
    file.releaseBuffers();
  }

  private void checkInternalKey(BlockEntries entries, int oneType, int otherType)
      throws ImageDamagedException {
    int length = entries.keyBytes();
    require(length >= InternalKeys.TAIL_BYTES, "a key is too short");
    int type = InternalKeys.type(entries.key(), length);
    require(type == oneType || type == otherType, "an entry is of type " + type);
    long sequence = InternalKeys.sequence(entries.key(), length);
    require(
        sequence >= expected.leastSequence() && sequence <= expected.mostSequence(),
        "an entry has sequence number " + sequence);
  }

  /** Returns the end of the data blocks. */
  private long checkIndex(@Nullable BlockHandle place, boolean userKeys) throws IOException {
    BlockHandle index = place == null ? NOWHERE : place;
    require(index.bytes() <= MOST_STORED_INDEX_BYTES, "its index is too long");
    file.readBlock(index, footerAt, MOST_INDEX_BYTES, true);
    BlockEntries entries = file.keepEntries(BlockEntries.Values.HANDLES);
    BlockHandle handle = new BlockHandle(0, -BlockHandle.TRAILER_BYTES);
    byte[] last = null;
    byte[] separator = null;
    while (entries.next()) {
      long expectedAt = handle.end();
      handle = entries.handle(handle);
      require(handle.at() == expectedAt, NOT_ADJOINING);
      byte[] next = entries.keyCopy();
      require(
          userKeys || next.length >= InternalKeys.TAIL_BYTES, "a key of its index is too short");
      last = checkData(handle, last, separator, userKeys);
      separator = next;
      require(!isBefore(separator, last, userKeys), NOT_IN_ORDER);
      content.addBlock();
    }
    return handle.end();
  }

  /** Whether an index key is before an internal key. */
  private static boolean isBefore(byte[] separator, byte[] key, boolean userKeys) {
    return userKeys
        ? Arrays.compareUnsigned(
                separator, 0, separator.length, key, 0, key.length - InternalKeys.TAIL_BYTES)
            < 0
        : InternalKeys.compare(separator, separator.length, key, key.length) < 0;
  }

  /** Returns the last key. */
  private byte[] checkData(
      BlockHandle handle, byte @Nullable [] before, byte @Nullable [] separator, boolean userKeys)
      throws IOException {
    file.readBlock(handle, footerAt, MOST_DATA_BYTES, true);
    BlockEntries entries = file.entries(BlockEntries.Values.ANY);
    byte[] last = before == null ? new byte[0] : before;
    int lastBytes = last.length;
    boolean owned = false;
    while (entries.next()) {
      checkInternalKey(entries, InternalKeys.VALUE, InternalKeys.DELETION);
      byte[] key = entries.key();
      int bytes = entries.keyBytes();
      if (lastBytes > 0) {
        require(InternalKeys.compare(last, lastBytes, key, bytes) < 0, "its keys are not in order");
      }
      if (entries.entries() == 1) {
        checkFirst(entries, separator, userKeys);
      }
      if (!owned || last.length < bytes) {
        last = new byte[Math.max(2 * bytes, last.length)];
        owned = true;
      }
      System.arraycopy(key, 0, last, 0, bytes);
      lastBytes = bytes;
      content.addKey(entries, InternalKeys.type(key, bytes) == InternalKeys.DELETION);
    }
    require(entries.entries() > 0, "a block of it is empty");
    byte[] end = Arrays.copyOf(last, lastBytes);
    require(
        !expected.keys().endsBefore(end, end.length),
        "it has keys behind the last that the MANIFEST names");
    return end;
  }

  /** The first key of a block must be after the index key of the previous block. */
  private void checkFirst(BlockEntries entries, byte @Nullable [] separator, boolean userKeys)
      throws ImageDamagedException {
    byte[] first = entries.keyCopy();
    if (separator == null) {
      require(
          !expected.keys().beginsBehind(first, first.length),
          "it has keys before the first that the MANIFEST names");
    } else {
      require(isBefore(separator, first, userKeys), NOT_IN_ORDER);
    }
  }

  /** Every byte must belong to exactly one block. */
  private void checkLayout(Map<String, BlockHandle> meta, long dataEnd, long metaindexAt)
      throws ImageDamagedException {
    List<BlockHandle> places = new ArrayList<>(meta.values());
    places.sort(Comparator.comparingLong(BlockHandle::at));
    long end = dataEnd;
    for (BlockHandle place : places) {
      require(place.at() == end, NOT_ADJOINING);
      end = place.end();
    }
    require(end == metaindexAt, NOT_ADJOINING);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The properties of a table that determine how RocksDB reads it: each must match our settings.
 * Purely informative ones are ignored, as are names that later versions add.
 */
final class TableProperties {
  private static final String COMPARATOR = "leveldb.BytewiseComparator";

  /** Required properties with their only valid value. */
  private static final Map<String, byte[]> REQUIRED =
      Map.of(
          "rocksdb.comparator",
          COMPARATOR.getBytes(ISO_8859_1),
          "rocksdb.compression",
          "LZ4".getBytes(ISO_8859_1),
          "rocksdb.block.based.table.index.type",
          new byte[Integer.BYTES],
          "rocksdb.index.value.is.delta.encoded",
          new byte[] {1});

  /** Optional properties with their only valid value. */
  private static final Map<String, byte[]> ALLOWED =
      Map.of(
          "rocksdb.merge.operator", "nullptr".getBytes(ISO_8859_1),
          "rocksdb.prefix.extractor.name", "nullptr".getBytes(ISO_8859_1),
          "rocksdb.merge.operands", new byte[] {0},
          "rocksdb.user.defined.timestamps.persisted", new byte[] {1},
          "rocksdb.seqno.time.map", new byte[0]);

  /** Properties that change how keys are read, and that we never write. */
  private static final Set<String> REFUSED =
      Set.of(
          "rocksdb.external_sst_file.version",
          "rocksdb.external_sst_file.global_seqno",
          "rocksdb.timestamp_min",
          "rocksdb.timestamp_max",
          "rocksdb.index.partitions");

  private static final String USER_KEYS = "rocksdb.index.key.is.user.key";
  private static final String ENTRIES = "rocksdb.num.entries";
  private static final String DELETIONS = "rocksdb.deleted.keys";
  private static final String RANGE_DELETIONS = "rocksdb.num.range-deletions";
  private static final String DATA_BLOCKS = "rocksdb.num.data.blocks";
  private static final String KEY_BYTES = "rocksdb.raw.key.size";
  private static final String VALUE_BYTES = "rocksdb.raw.value.size";
  private static final Set<String> NUMBERS =
      Set.of(USER_KEYS, ENTRIES, DELETIONS, RANGE_DELETIONS, DATA_BLOCKS, KEY_BYTES, VALUE_BYTES);

  private final Map<String, Long> numbers = new HashMap<>();

  TableProperties(BlockEntries block) throws ImageDamagedException {
    int required = 0;
    byte[] before = {};
    while (block.next()) {
      byte[] key = block.keyCopy();
      if (block.entries() > 1 && Arrays.compareUnsigned(key, before) <= 0) {
        throw new ImageDamagedException("its properties are not in order");
      }
      before = key;
      String name = new String(key, ISO_8859_1);
      byte[] value = block.valueCopy();
      if (!isAllowed(name, value)) {
        throw new ImageDamagedException(
            "it has property "
                + printable(name)
                + " of value "
                + printable(new String(value, ISO_8859_1)));
      }
      required += REQUIRED.containsKey(name) ? 1 : 0;
      if (NUMBERS.contains(name)) {
        numbers.put(name, number(name, value));
      }
    }
    if (required != REQUIRED.size() || !numbers.keySet().equals(NUMBERS)) {
      throw new ImageDamagedException("it lacks properties");
    }
    if (get(USER_KEYS) > 1) {
      throw new ImageDamagedException("it has property " + USER_KEYS + " of " + get(USER_KEYS));
    }
  }

  private static boolean isAllowed(String name, byte[] value) {
    byte[] only = REQUIRED.containsKey(name) ? REQUIRED.get(name) : ALLOWED.get(name);
    return !REFUSED.contains(name) && (only == null || Arrays.equals(only, value));
  }

  private static long number(String name, byte[] value) throws ImageDamagedException {
    Cursor in = new Cursor(value, 0, value.length);
    long number = in.number();
    if (in.hasMore()) {
      throw new ImageDamagedException("its property " + name + " is no number");
    }
    return number;
  }

  /** Replaces control characters: the text comes from a drive and could control a terminal. */
  private static String printable(String text) {
    String head = text.length() > 60 ? text.substring(0, 60) + "..." : text;
    return "'" + head.replaceAll("[^ -~]", "?") + "'";
  }

  private long get(String name) {
    return numbers.getOrDefault(name, 0L);
  }

  /** Whether the index keys are user keys, without a sequence number and a type. */
  boolean indexHasUserKeys() {
    return get(USER_KEYS) == 1;
  }

  /**
   * Compares the counts with the content. RocksDB refuses to compact a table in which the entries
   * differ, and divides by the sum of the bytes.
   */
  void check(Content content) throws ImageDamagedException {
    boolean right =
        get(DATA_BLOCKS) == content.dataBlocks
            && get(ENTRIES) == content.keys + content.rangeDeletions
            && get(DELETIONS) == content.keyDeletions + content.rangeDeletions
            && get(RANGE_DELETIONS) == content.rangeDeletions
            && get(KEY_BYTES) == content.keyBytes
            && get(VALUE_BYTES) == content.valueBytes;
    if (!right) {
      throw new ImageDamagedException("its properties count other entries than it has");
    }
  }

  /** What a table contains, counted as RocksDB counts when it writes one. */
  static final class Content {
    private long dataBlocks;
    private long keys;
    private long keyDeletions;
    private long rangeDeletions;
    private long keyBytes;
    private long valueBytes;

    void addBlock() {
      dataBlocks++;
    }

    void addKey(BlockEntries entry, boolean isDeletion) {
      keys++;
      keyDeletions += isDeletion ? 1 : 0;
      addBytes(entry);
    }

    void addRangeDeletion(BlockEntries entry) {
      rangeDeletions++;
      addBytes(entry);
    }

    private void addBytes(BlockEntries entry) {
      keyBytes += entry.keyBytes();
      valueBytes += entry.valueBytes();
    }

    long rangeDeletions() {
      return rangeDeletions;
    }
  }
}

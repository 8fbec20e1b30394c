// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record of a MANIFEST: tags, each with numbers or bytes. Only the tags that our RocksDB writes
 * are read; tags of later versions that RocksDB skips by their length are skipped, too.
 */
final class VersionEdit {
  /** Limit of file and log numbers; RocksDB increments them. */
  static final long NUMBER_LIMIT = 1L << 48;

  /** Sequence numbers have 56 bits; each change uses one. */
  static final long SEQUENCE_LIMIT = 1L << 55;

  /** Filter, range deletions and index of a table, each at its maximum length. */
  private static final long MOST_TAIL_BYTES = 256L << 20;

  /** Limit of the estimate of what range deletions cover: RocksDB adds it to lengths of files. */
  private static final long RANGE_BYTES_LIMIT = 1L << 48;

  private static final int LEVELS = 7;
  private static final int GROUP_LIMIT = 1 << 10;
  private static final String COMPARATOR = "leveldb.BytewiseComparator";

  private static final int TAG_COMPARATOR = 1;
  private static final int TAG_LOG_NUMBER = 2;
  private static final int TAG_NEXT_FILE = 3;
  private static final int TAG_LAST_SEQUENCE = 4;
  private static final int TAG_DELETED_FILE = 6;
  private static final int TAG_PREVIOUS_LOG = 9;
  private static final int TAG_LEAST_LOG = 10;
  private static final int TAG_NEW_FILE = 103;
  private static final int TAG_FAMILY = 200;
  private static final int TAG_FAMILY_ADD = 201;
  private static final int TAG_MOST_FAMILY = 203;
  private static final int TAG_GROUP = 300;

  /** RocksDB skips unknown tags from this number on. */
  private static final int IGNORABLE = 1 << 13;

  private static final int TAG_DATABASE = IGNORABLE + 1;

  /** The last such tag that RocksDB knows; we never write them: blobs, logs, timestamps. */
  private static final int LAST_KNOWN = IGNORABLE + 9;

  private static final int TAG_DELETED_LOGS = IGNORABLE + 8;
  private static final int TAG_TIMESTAMPS_PERSISTED = LAST_KNOWN;

  private static final int FILE_END = 1;
  private static final int FILE_NEEDS_COMPACTION = 2;
  private static final int FILE_LEAST_LOG = 3;
  private static final int FILE_ANCESTOR_TIME = 5;
  private static final int FILE_CREATION_TIME = 6;
  private static final int FILE_UNIQUE_ID = 12;
  private static final int FILE_EPOCH = 13;
  private static final int FILE_RANGE_BYTES = 14;
  private static final int FILE_TAIL_BYTES = 15;
  private static final int FILE_LAST_KNOWN = 16;

  /** RocksDB rejects unknown fields of a file from this number on. */
  private static final int FILE_NOT_IGNORABLE = 1 << 6;

  private static final int UNIQUE_ID_BYTES = 16;

  /** RocksDB writes a UUID in 36 characters. */
  private static final int MOST_DATABASE_BYTES = 128;

  /** A removed table. */
  record DeletedFile(int level, long number) {}

  private int family;
  private @Nullable String addedFamily;
  private final List<DeletedFile> deleted = new ArrayList<>();
  private final List<TableEntry> added = new ArrayList<>();
  private int groupRest = -1;
  private boolean deletesLogs;
  private boolean hasLogNumber;
  private long nextFile = -1;
  private long mostNumber;
  private long lastSequence = -1;

  VersionEdit(byte[] record) throws ImageDamagedException {
    Cursor in = new Cursor(record, 0, record.length);
    while (in.hasMore()) {
      read(in, readTag(in));
    }
  }

  /** RocksDB reads 32 bits of a tag and ignores the rest. */
  private static int readTag(Cursor in) throws ImageDamagedException {
    return (int) in.numberBelow(Integer.MAX_VALUE, "a tag");
  }

  private void read(Cursor in, int tag) throws ImageDamagedException {
    switch (tag) {
      case TAG_COMPARATOR -> requireComparator(new String(in.prefixed(), ISO_8859_1));
      case TAG_LOG_NUMBER -> {
        readLogNumber(in);
        hasLogNumber = true;
      }
      case TAG_NEXT_FILE -> nextFile = in.numberBelow(NUMBER_LIMIT, "the next file's number");
      case TAG_LAST_SEQUENCE ->
          lastSequence = in.numberBelow(SEQUENCE_LIMIT, "the last sequence number");
      case TAG_PREVIOUS_LOG, TAG_LEAST_LOG -> readLogNumber(in);
      case TAG_DELETED_FILE ->
          deleted.add(
              new DeletedFile(
                  (int) in.numberBelow(LEVELS, "a level"),
                  in.numberBelow(NUMBER_LIMIT, "a file's number")));
      case TAG_NEW_FILE -> added.add(readFile(in));
      case TAG_FAMILY -> family = (int) in.numberBelow(GROUP_LIMIT, "a column family's number");
      case TAG_FAMILY_ADD -> addedFamily = new String(in.prefixed(), ISO_8859_1);
      case TAG_MOST_FAMILY -> in.numberBelow(GROUP_LIMIT, "a column family's number");
      case TAG_GROUP -> groupRest = (int) in.numberBelow(GROUP_LIMIT, "a group's length");
      case TAG_DATABASE -> {
        if (in.prefixed().length > MOST_DATABASE_BYTES) {
          throw new ImageDamagedException("the identity of its database is too long");
        }
      }
      case TAG_DELETED_LOGS -> {
        byte[] value = in.prefixed();
        readLogNumber(new Cursor(value, 0, value.length));
        deletesLogs = true;
      }
      case TAG_TIMESTAMPS_PERSISTED -> {
        if (!Arrays.equals(in.prefixed(), new byte[] {1})) {
          throw new ImageDamagedException("its keys have timestamps");
        }
      }
      default -> {
        if (tag <= LAST_KNOWN || (tag & IGNORABLE) == 0) {
          throw new ImageDamagedException("it has an edit with tag " + tag);
        }
        in.prefixed();
      }
    }
  }

  private void readLogNumber(Cursor in) throws ImageDamagedException {
    mostNumber = Math.max(mostNumber, in.numberBelow(NUMBER_LIMIT, "a log's number"));
  }

  private static void requireComparator(String name) throws ImageDamagedException {
    if (!name.equals(COMPARATOR)) {
      throw new ImageDamagedException("it names another comparator than ours");
    }
  }

  private TableEntry readFile(Cursor in) throws ImageDamagedException {
    int level = (int) in.numberBelow(LEVELS, "a level");
    long number = in.numberBelow(NUMBER_LIMIT, "a file's number");
    long bytes = in.number();
    mostNumber = Math.max(mostNumber, number);
    KeyRange keys = new KeyRange(in.prefixed(), in.prefixed());
    long least = in.numberBelow(SEQUENCE_LIMIT, "a sequence number");
    long most = in.numberBelow(SEQUENCE_LIMIT, "a sequence number");
    if (least > most) {
      throw new ImageDamagedException("a table's sequence numbers are not in order");
    }
    byte[] identity = readOwnFields(in, bytes);
    String uniqueId = HexFormat.of().formatHex(identity);
    return new TableEntry(
        level, number, bytes, keys, least, most, CacheKeys.of(identity), uniqueId);
  }

  /** Returns the identity. */
  private byte[] readOwnFields(Cursor in, long bytes) throws ImageDamagedException {
    boolean hasEpoch = false;
    byte[] identity = new byte[UNIQUE_ID_BYTES];
    for (int tag = readTag(in); tag != FILE_END; tag = readTag(in)) {
      byte[] value = in.prefixed();
      Cursor own = new Cursor(value, 0, value.length);
      boolean right =
          switch (tag) {
            case FILE_NEEDS_COMPACTION -> value.length == 1;
            case FILE_LEAST_LOG -> {
              long log = value.length == Long.BYTES ? Cursor.fixed64(value, 0) : -1;
              mostNumber = Math.max(mostNumber, log);
              yield log >= 0 && log < NUMBER_LIMIT;
            }
            case FILE_ANCESTOR_TIME, FILE_CREATION_TIME -> own.number() >= 0;
            case FILE_RANGE_BYTES -> own.number() < RANGE_BYTES_LIMIT;
            case FILE_UNIQUE_ID -> {
              boolean whole = value.length == UNIQUE_ID_BYTES;
              identity = whole ? value : identity;
              yield whole;
            }
            case FILE_EPOCH -> {
              hasEpoch = true;
              long epoch = own.numberBelow(NUMBER_LIMIT, "an epoch");
              yield epoch > 0;
            }
            case FILE_TAIL_BYTES -> {
              // RocksDB reads this many bytes at once when it opens the table.
              long tail = own.number();
              yield tail <= bytes && tail <= MOST_TAIL_BYTES;
            }
            default -> tag > FILE_LAST_KNOWN && (tag & FILE_NOT_IGNORABLE) == 0;
          };
      if (!right) {
        throw new ImageDamagedException("a table has field " + tag + " of another value than ours");
      }
    }
    if (!hasEpoch || CacheKeys.of(identity) == 0) {
      throw new ImageDamagedException("a table has no epoch or no identity");
    }
    return identity;
  }

  int family() {
    return family;
  }

  /** The name of the column family that the edit adds; null if it adds none. */
  @Nullable String addedFamily() {
    return addedFamily;
  }

  List<DeletedFile> deleted() {
    return deleted;
  }

  List<TableEntry> added() {
    return added;
  }

  /** Number of following edits that are applied together with this one; -1 if it stands alone. */
  int groupRest() {
    return groupRest;
  }

  /**
   * Whether the edit deletes logs, in which case RocksDB ignores its other content; our databases
   * have no logs.
   */
  boolean deletesLogs() {
    return deletesLogs;
  }

  boolean hasLogNumber() {
    return hasLogNumber;
  }

  /** The number of the next file; -1 if the edit has none. */
  long nextFile() {
    return nextFile;
  }

  /** The highest log or table number in the edit. */
  long mostNumber() {
    return mostNumber;
  }

  /** The last sequence number; -1 if the edit has none. */
  long lastSequence() {
    return lastSequence;
  }
}

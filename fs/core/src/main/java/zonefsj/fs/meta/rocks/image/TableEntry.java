// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/**
 * The entry of a table in a MANIFEST.
 *
 * @param level of the tree
 * @param number the number in its name
 * @param bytes its length
 * @param keys range of its keys
 * @param leastSequence the lowest sequence number of an entry
 * @param mostSequence the highest sequence number of an entry
 * @param cacheKey the first half of the keys of its blocks in RocksDB's cache; see {@link
 *     CacheKeys}
 * @param uniqueId RocksDB's unique identity of the table, in hexadecimal digits
 */
record TableEntry(
    int level,
    long number,
    long bytes,
    KeyRange keys,
    long leastSequence,
    long mostSequence,
    long cacheKey,
    String uniqueId) {
  private static final int NUMBER_DIGITS = 6;

  /** The name of its file. */
  String name() {
    return digits(number) + ".sst";
  }

  /** A number as RocksDB writes it in the names of files. */
  static String digits(long number) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, NUMBER_DIGITS - digits.length())) + digits;
  }
}

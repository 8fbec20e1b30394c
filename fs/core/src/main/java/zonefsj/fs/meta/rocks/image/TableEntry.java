// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

/**
 * What a MANIFEST says of a table.
 *
 * @param level of the tree
 * @param number the number in its name
 * @param bytes its length
 * @param keys where its entries are
 * @param leastSequence the least sequence number of an entry
 * @param mostSequence the highest
 * @param cacheKey what the keys of its blocks in RocksDB's cache begin with; see {@link CacheKeys}
 */
record TableEntry(
    int level,
    long number,
    long bytes,
    KeyRange keys,
    long leastSequence,
    long mostSequence,
    long cacheKey) {}

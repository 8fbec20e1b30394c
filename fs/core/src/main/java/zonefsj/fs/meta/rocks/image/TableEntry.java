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
 */
record TableEntry(
    int level,
    long number,
    long bytes,
    KeyRange keys,
    long leastSequence,
    long mostSequence,
    long cacheKey) {}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

/**
 * What a cache did since it was made.
 *
 * @param hits parts of reads, of at most one line each, that the cache answered
 * @param misses parts of reads, of at most one line each, that the drive below answered, although
 *     the cache might have had them
 * @param insertedBytes bytes that were put into the cache
 * @param evictedBytes bytes that were given up for others
 */
public record CacheCounters(long hits, long misses, long insertedBytes, long evictedBytes) {}

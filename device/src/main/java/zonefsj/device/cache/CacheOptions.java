// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

/**
 * How a cache works.
 *
 * @param lineBytes what is cached as one; a multiple of the drive's block size. A miss reads whole
 *     lines from the drive below
 * @param longestBytes longest read or write whose bytes are cached; longer ones go past the cache
 * @param keepsWrites whether written bytes are cached, too
 */
public record CacheOptions(int lineBytes, int longestBytes, boolean keepsWrites) {
  /**
   * Lines of 64 KiB, written bytes are cached. Accesses may have 1 MiB, the longest request of an
   * application, and 128 KiB that a reader passes over between its parts.
   */
  public static final CacheOptions DEFAULT = new CacheOptions(64 << 10, 1152 << 10, true);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public CacheOptions {
    if (lineBytes <= 0 || longestBytes <= 0) {
      throw new IllegalArgumentException("sizes of a cache must be positive");
    }
  }
}

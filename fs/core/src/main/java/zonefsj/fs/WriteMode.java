// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * How one write is done. fcntl(2) changes some flags of an open file, and a descriptor can be
 * passed to another process, so each write has its own.
 *
 * @param caller that writes: its rights decide whether set-ID bits stay; not used for a write from
 *     the page cache
 * @param append the write goes to the end of the file, atomically (O_APPEND), unless it is from the
 *     page cache
 * @param fromPageCache the kernel writes back pages of a shared mapping, or of its write-back
 *     cache: the offset is valid even on a handle opened for appending; implies {@code whole}
 * @param whole either all bytes are written or none: ENOSPC if they do not all fit
 */
public record WriteMode(Caller caller, boolean append, boolean fromPageCache, boolean whole) {
  /** By root, at the offset or as the file was opened. */
  public static final WriteMode PLAIN = by(Caller.ROOT);

  /** Pages that the kernel writes back. */
  public static final WriteMode PAGE_CACHE = new WriteMode(Caller.ROOT, false, true, true);

  /** By a caller, at the offset or as the file was opened. */
  public static WriteMode by(Caller caller) {
    return new WriteMode(caller, false, false, false);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/**
 * What was agreed on at INIT.
 *
 * @param minor version of the protocol that both speak
 * @param maxReadAheadBytes what the kernel reads ahead
 * @param maxWriteBytes the longest write
 * @param flags {@link InitFlags}
 */
public record Negotiation(int minor, int maxReadAheadBytes, int maxWriteBytes, long flags) {
  /** The major version of the protocol. */
  public static final int MAJOR = 7;

  /** The oldest minor version that is spoken. */
  public static final int OLDEST_MINOR = 31;

  /** The newest minor version that is spoken. */
  public static final int NEWEST_MINOR = 45;

  /** The longest data of one request, in bytes. */
  public static final int MAX_TRANSFER_BYTES = 1 << 20;

  private static final int SMALL_TRANSFER_BYTES = 128 << 10;

  private static final long WANTED =
      InitFlags.ASYNC_READ
          | InitFlags.ATOMIC_O_TRUNC
          | InitFlags.EXPORT_SUPPORT
          | InitFlags.BIG_WRITES
          | InitFlags.DONT_MASK
          | InitFlags.DO_READDIRPLUS
          | InitFlags.READDIRPLUS_AUTO
          | InitFlags.ASYNC_DIO
          | InitFlags.PARALLEL_DIROPS
          | InitFlags.POSIX_ACL
          | InitFlags.ABORT_ERROR
          | InitFlags.MAX_PAGES
          | InitFlags.CACHE_SYMLINKS
          | InitFlags.EXPLICIT_INVAL_DATA
          | InitFlags.HANDLE_KILLPRIV_V2
          | InitFlags.SETXATTR_EXT
          | InitFlags.INIT_EXT;

  /**
   * Agrees to an offer.
   *
   * @param offer of the kernel; its version must be one that is spoken
   * @param writeback whether the kernel may keep writes to itself for a while
   */
  public static Negotiation of(Requests.Init offer, boolean writeback) {
    long wanted = WANTED | (writeback ? InitFlags.WRITEBACK_CACHE : 0);
    long flags = offer.flags() & wanted;
    return new Negotiation(
        Math.min(offer.minor(), NEWEST_MINOR),
        Math.min(offer.maxReadAheadBytes(), MAX_TRANSFER_BYTES),
        (flags & InitFlags.MAX_PAGES) != 0 ? MAX_TRANSFER_BYTES : SMALL_TRANSFER_BYTES,
        flags);
  }

  /** Whether an ability was agreed on. */
  public boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Whether an offer is of a version that is spoken. */
  public static boolean isSpoken(Requests.Init offer) {
    return offer.major() == MAJOR && offer.minor() >= OLDEST_MINOR;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/**
 * The result of INIT.
 *
 * @param minor version of the protocol that both support
 * @param maxReadAheadBytes the kernel's read-ahead
 * @param maxWriteBytes the longest write
 * @param flags {@link InitFlags}
 */
public record Negotiation(int minor, int maxReadAheadBytes, int maxWriteBytes, long flags) {
  /** The major version of the protocol. */
  public static final int MAJOR = 7;

  /** The oldest supported minor version. */
  public static final int OLDEST_MINOR = 31;

  /** The newest supported minor version. */
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
          | InitFlags.PARALLEL_DIROPS
          | InitFlags.POSIX_ACL
          | InitFlags.ABORT_ERROR
          | InitFlags.MAX_PAGES
          | InitFlags.CACHE_SYMLINKS
          | InitFlags.EXPLICIT_INVAL_DATA
          | InitFlags.HANDLE_KILLPRIV_V2
          | InitFlags.SETXATTR_EXT
          | InitFlags.INIT_EXT
          | InitFlags.CREATE_SUPP_GROUP;

  /**
   * Answers an offer.
   *
   * @param offer of the kernel; its version must be supported
   * @param writeback whether the kernel may cache writes
   * @param idmapped whether the mount may be idmapped: the kernel checks permissions, and the
   *     processes of all callers can be read
   */
  public static Negotiation of(Requests.Init offer, boolean writeback, boolean idmapped) {
    long wanted =
        WANTED
            | (writeback ? InitFlags.WRITEBACK_CACHE : 0)
            | (idmapped ? InitFlags.ALLOW_IDMAP : 0);
    long flags = offer.flags() & wanted;
    return new Negotiation(
        Math.min(offer.minor(), NEWEST_MINOR),
        Math.min(offer.maxReadAheadBytes(), MAX_TRANSFER_BYTES),
        (flags & InitFlags.MAX_PAGES) != 0 ? MAX_TRANSFER_BYTES : SMALL_TRANSFER_BYTES,
        flags);
  }

  /** Whether an ability was negotiated. */
  public boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Whether the version of an offer is supported. */
  public static boolean isSpoken(Requests.Init offer) {
    return offer.major() == MAJOR && offer.minor() >= OLDEST_MINOR;
  }
}

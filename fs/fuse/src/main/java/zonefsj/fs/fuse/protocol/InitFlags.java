// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/**
 * The abilities that kernel and filesystem negotiate at INIT: FUSE_* of linux/fuse.h, both words in
 * one.
 */
public final class InitFlags {
  /** The kernel may send several reads of one file at a time. */
  public static final long ASYNC_READ = 1L;

  /** The open passes O_TRUNC on. */
  public static final long ATOMIC_O_TRUNC = 1L << 3;

  /** The filesystem answers LOOKUP of "." and "..", which an NFS server needs. */
  public static final long EXPORT_SUPPORT = 1L << 4;

  /** The kernel may send writes of more than a page. */
  public static final long BIG_WRITES = 1L << 5;

  /** The filesystem applies the umask, because a default ACL overrides it. */
  public static final long DONT_MASK = 1L << 6;

  /** READDIRPLUS. */
  public static final long DO_READDIRPLUS = 1L << 13;

  /** The kernel uses READDIRPLUS only if the attributes are likely to be needed. */
  public static final long READDIRPLUS_AUTO = 1L << 14;

  /**
   * The kernel may send several O_DIRECT requests of one call at a time, and does not wait for
   * those of asynchronous I/O. Not used: after such a write it does not drop the pages that a
   * reader has brought back into its cache meanwhile, and serves their old bytes until they are
   * evicted.
   */
  public static final long ASYNC_DIO = 1L << 15;

  /** The kernel caches writes in its page cache. */
  public static final long WRITEBACK_CACHE = 1L << 16;

  /** The kernel may send lookups and listings of one directory at the same time. */
  public static final long PARALLEL_DIROPS = 1L << 18;

  /** The kernel enforces ACLs, and the filesystem stores them. */
  public static final long POSIX_ACL = 1L << 20;

  /** A read after an abort returns a distinct error. */
  public static final long ABORT_ERROR = 1L << 21;

  /** The kernel may send requests of more than 128 KiB. */
  public static final long MAX_PAGES = 1L << 22;

  /** The kernel caches targets of symbolic links. */
  public static final long CACHE_SYMLINKS = 1L << 23;

  /** The kernel drops cached pages only at a notice. */
  public static final long EXPLICIT_INVAL_DATA = 1L << 25;

  /** The filesystem clears set-ID bits at write, truncate and chown. */
  public static final long HANDLE_KILLPRIV_V2 = 1L << 28;

  /** SETXATTR has the longer form. */
  public static final long SETXATTR_EXT = 1L << 29;

  /** There is a second word of flags. */
  public static final long INIT_EXT = 1L << 30;

  /** Requests that create an inode contain whether the caller is in the group of its directory. */
  public static final long CREATE_SUPP_GROUP = 1L << 34;

  /** The mount may be idmapped; only requests that create an inode contain user and group. */
  public static final long ALLOW_IDMAP = 1L << 40;

  private InitFlags() {}
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

/** What kernel and filesystem agree on at INIT: FUSE_* of linux/fuse.h, both words in one. */
public final class InitFlags {
  /** Several reads of one file at a time. */
  public static final long ASYNC_READ = 1L;

  /** O_TRUNC comes with the open. */
  public static final long ATOMIC_O_TRUNC = 1L << 3;

  /** LOOKUP of "." and "..", which an NFS server needs. */
  public static final long EXPORT_SUPPORT = 1L << 4;

  /** Writes of more than a page. */
  public static final long BIG_WRITES = 1L << 5;

  /** The umask is ours to apply: a default ACL overrides it. */
  public static final long DONT_MASK = 1L << 6;

  /** READDIRPLUS. */
  public static final long DO_READDIRPLUS = 1L << 13;

  /** READDIRPLUS only where the attributes are likely to be asked for. */
  public static final long READDIRPLUS_AUTO = 1L << 14;

  /** Several O_DIRECT requests of one call at a time. */
  public static final long ASYNC_DIO = 1L << 15;

  /** Writes stay in the page cache of the kernel for a while. */
  public static final long WRITEBACK_CACHE = 1L << 16;

  /** Lookups and listings of one directory at a time. */
  public static final long PARALLEL_DIROPS = 1L << 18;

  /** ACLs are obeyed by the kernel, and kept by us. */
  public static final long POSIX_ACL = 1L << 20;

  /** A read after an abort says so. */
  public static final long ABORT_ERROR = 1L << 21;

  /** Requests of more than 128 KiB. */
  public static final long MAX_PAGES = 1L << 22;

  /** Targets of symbolic links are cached. */
  public static final long CACHE_SYMLINKS = 1L << 23;

  /** Cached pages are dropped only when we say so. */
  public static final long EXPLICIT_INVAL_DATA = 1L << 25;

  /** The filesystem drops set-ID bits at write, truncate and chown. */
  public static final long HANDLE_KILLPRIV_V2 = 1L << 28;

  /** The longer SETXATTR. */
  public static final long SETXATTR_EXT = 1L << 29;

  /** There is a second word of flags. */
  public static final long INIT_EXT = 1L << 30;

  private InitFlags() {}
}

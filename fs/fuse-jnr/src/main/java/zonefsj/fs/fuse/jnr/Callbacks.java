// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.annotations.Delegate;

/**
 * The function types in {@code struct fuse_operations}. Pointers are {@code long}; a path is the
 * address of a C string, or 0 if libfuse does not compute it.
 */
public final class Callbacks {
  private Callbacks() {}

  /** unlink, rmdir. */
  public interface OnePointer {
    /** The call. */
    @Delegate
    int call(long path);
  }

  /**
   * getattr, symlink, rename, link, statfs, flush, open, release, opendir, removexattr, utimens.
   */
  public interface TwoPointers {
    /** The call. */
    @Delegate
    int call(long first, long second);
  }

  /** fgetattr. */
  public interface ThreePointers {
    /** The call. */
    @Delegate
    int call(long path, long stat, long fileInfo);
  }

  /** readlink, listxattr. */
  public interface Fill {
    /** The call. */
    @Delegate
    int call(long path, long buffer, long size);
  }

  /** mknod. */
  public interface Mknod {
    /** The call. */
    @Delegate
    int call(long path, int mode, long device);
  }

  /** mkdir, chmod. */
  public interface Mode {
    /** The call. */
    @Delegate
    int call(long path, int mode);
  }

  /** chown. */
  public interface Chown {
    /** The call. */
    @Delegate
    int call(long path, int uid, int gid);
  }

  /** truncate. */
  public interface Truncate {
    /** The call. */
    @Delegate
    int call(long path, long size);
  }

  /** ftruncate. */
  public interface Ftruncate {
    /** The call. */
    @Delegate
    int call(long path, long size, long fileInfo);
  }

  /** create. */
  public interface Create {
    /** The call. */
    @Delegate
    int call(long path, int mode, long fileInfo);
  }

  /** fsync, fsyncdir. */
  public interface Fsync {
    /** The call. */
    @Delegate
    int call(long path, int dataOnly, long fileInfo);
  }

  /** read, write. */
  public interface Transfer {
    /** The call. */
    @Delegate
    int call(long path, long buffer, long size, long offset, long fileInfo);
  }

  /** setxattr. */
  public interface Setxattr {
    /** The call. */
    @Delegate
    int call(long path, long name, long value, long size, int flags);
  }

  /** getxattr. */
  public interface Getxattr {
    /** The call. */
    @Delegate
    int call(long path, long name, long value, long size);
  }

  /** readdir. */
  public interface Readdir {
    /** The call. */
    @Delegate
    int call(long path, long buffer, long filler, long offset, long fileInfo);
  }

  /** fallocate. */
  public interface Fallocate {
    /** The call. */
    @Delegate
    int call(long path, int mode, long offset, long length, long fileInfo);
  }

  /** send of {@code struct fuse_chan_ops}. */
  public interface Send {
    /** The call. */
    @Delegate
    int call(long channel, long vector, long count);
  }

  /** init; it returns the private data. */
  public interface Init {
    /** The call. */
    @Delegate
    long call(long connection);
  }

  /** destroy. */
  public interface Destroy {
    /** The call. */
    @Delegate
    void call(long privateData);
  }
}

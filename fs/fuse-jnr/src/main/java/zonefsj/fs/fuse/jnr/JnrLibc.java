// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.annotations.SaveError;

/** The C library functions used here. */
public interface JnrLibc {
  /** umount2(2); with flags 0 the unmount is normal, not lazy. */
  @SaveError
  int umount2(long mountPoint, int flags);

  /** open(2) without a mode. */
  @SaveError
  int open(long path, int flags);

  /** close(2). */
  int close(int descriptor);

  /** geteuid(2). */
  int geteuid();
}

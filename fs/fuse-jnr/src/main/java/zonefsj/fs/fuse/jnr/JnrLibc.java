// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.annotations.SaveError;

/** The functions of the C library that are used. */
public interface JnrLibc {
  /** umount2(2); flags 0 is the plain, not lazy one. */
  @SaveError
  int umount2(long mountPoint, int flags);

  /** geteuid(2). */
  int geteuid();
}

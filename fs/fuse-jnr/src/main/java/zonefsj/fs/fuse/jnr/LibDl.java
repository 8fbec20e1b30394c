// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.annotations.IgnoreError;

/** The functions of the dynamic linker used here. */
public interface LibDl {
  /** RTLD_NOW of dlopen(3). */
  int NOW = 2;

  /** Opens a library, or returns the open one. */
  @IgnoreError
  long dlopen(String name, int flags);

  /** The address of one version of a function; 0 if there is none. */
  @IgnoreError
  long dlvsym(long library, String name, String version);
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import zonefsj.fs.ZoneFileSystem;

/** Something that can put a filesystem into the tree of directories of this machine. */
public interface FuseTransport {
  /** Short name for logs and status, for example "direct". */
  String name();

  /**
   * Mounts a filesystem. When this returns, the kernel's first request has been answered and the
   * mount point can be used.
   *
   * @param fileSystem what is mounted; stays open after the mount has ended, the caller closes it
   * @param options where and how
   * @return the live mount
   * @throws FuseMountException with one clear line; nothing is mounted then
   */
  FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options) throws FuseMountException;
}

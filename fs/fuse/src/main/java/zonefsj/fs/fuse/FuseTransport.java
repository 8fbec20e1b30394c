// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import zonefsj.fs.ZoneFileSystem;

/**
 * A way to mount a filesystem in the directory tree of this machine. It contains no logic of the
 * filesystem: it decodes requests, calls {@link FuseAdapter} and encodes the answers.
 *
 * <p>Threading: thread-safe and without state; each mount has its own threads, which call the
 * filesystem at the same time.
 */
public interface FuseTransport {
  /** Short name for logs and status, for example "direct". */
  String name();

  /**
   * Mounts a filesystem. On return, the kernel's first request has been answered and the mount
   * point can be used.
   *
   * @param fileSystem the filesystem; stays open after the mount has ended, the caller closes it
   * @param options mount point and options
   * @return the live mount
   * @throws FuseMountException with a one-line message; nothing is mounted then
   */
  FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options) throws FuseMountException;
}

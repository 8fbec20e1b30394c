// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * Who asks.
 *
 * @param uid effective user id
 * @param gid effective group id
 * @param pid process id, for logs only; 0 where unknown
 * @param umask the permission bits that what it makes does not get, unless a default ACL decides; 0
 *     where the kernel has applied it
 */
public record Caller(int uid, int gid, int pid, int umask) {
  /** The filesystem itself. */
  public static final Caller ROOT = new Caller(0, 0, 0);

  /** Somebody whose umask is applied already, or who has none. */
  public Caller(int uid, int gid, int pid) {
    this(uid, gid, pid, 0);
  }

  /** The same with a umask. */
  public Caller withUmask(int mask) {
    return new Caller(uid, gid, pid, mask);
  }
}

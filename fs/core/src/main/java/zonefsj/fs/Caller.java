// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * The user and process of a call.
 *
 * @param uid effective user id
 * @param gid effective group id
 * @param pid process id, for logs only; 0 if unknown
 * @param umask permission bits to clear in new files, unless a default ACL decides; 0 if the kernel
 *     has applied it
 */
public record Caller(int uid, int gid, int pid, int umask) {
  /** The filesystem itself. */
  public static final Caller ROOT = new Caller(0, 0, 0);

  /** A caller whose umask has already been applied, or who has none. */
  public Caller(int uid, int gid, int pid) {
    this(uid, gid, pid, 0);
  }

  /** The same with a umask. */
  public Caller withUmask(int mask) {
    return new Caller(uid, gid, pid, mask);
  }
}

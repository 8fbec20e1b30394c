// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import org.jspecify.annotations.Nullable;

/**
 * The user and process of a call.
 *
 * @param uid effective user id; {@link #UNKNOWN} on a mount that may be idmapped, except for
 *     requests that create an inode
 * @param gid effective group id; as the user
 * @param pid process id; 0 if unknown
 * @param umask permission bits to clear in new files, unless a default ACL decides; 0 if the kernel
 *     has applied it
 * @param rights what the numbers do not show; null: root has all rights, others have none
 */
public record Caller(int uid, int gid, int pid, int umask, @Nullable Rights rights) {
  /** The filesystem itself. */
  public static final Caller ROOT = new Caller(0, 0, 0);

  /** The id of a user or group that the kernel does not send. */
  public static final int UNKNOWN = -1;

  /**
   * The rights of the process that makes a call. Methods may read the state of the process, so they
   * are called only when an answer depends on them.
   */
  public interface Rights {
    /** Whether this is the effective user. */
    boolean isUser(int uid);

    /** Whether this is the effective group, or a supplementary one. */
    boolean isInGroup(int gid);

    /** Whether changes of content keep set-ID bits (CAP_FSETID). */
    boolean keepsSetIds();

    /** Whether it sees the names of trusted attributes (CAP_SYS_ADMIN). */
    boolean isAdministrator();
  }

  /** A caller whose umask has already been applied, or who has none. */
  public Caller(int uid, int gid, int pid) {
    this(uid, gid, pid, 0);
  }

  /** A caller whose rights follow from its numbers. */
  public Caller(int uid, int gid, int pid, int umask) {
    this(uid, gid, pid, umask, null);
  }

  /** The same with a umask. */
  public Caller withUmask(int mask) {
    return new Caller(uid, gid, pid, mask, rights);
  }

  /** Whether this is the effective user. */
  public boolean isUser(int user) {
    return rights == null ? uid == user : rights.isUser(user);
  }

  /** Whether this is the effective group, or a supplementary one. */
  public boolean isInGroup(int group) {
    return rights == null ? gid == group : rights.isInGroup(group);
  }

  /** Whether changes of content keep set-ID bits. */
  public boolean keepsSetIds() {
    return rights == null ? uid == 0 : rights.keepsSetIds();
  }

  /** Whether the caller sees the names of trusted attributes. */
  public boolean isAdministrator() {
    return rights == null ? uid == 0 : rights.isAdministrator();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names of the mount options that zonefs-j does not apply itself, see {@link DaemonOptions}.
 */
final class KnownOptions {
  /** Flags that the kernel keeps and obeys for every filesystem. */
  static final Set<String> KERNEL_FLAGS =
      Set.of(
          "dev",
          "nodev",
          "suid",
          "nosuid",
          "exec",
          "noexec",
          "sync",
          "async",
          "dirsync",
          "nosymfollow");

  /**
   * Options for mount(8), systemd and fstab(5), and options that name the fixed behavior: times are
   * always collected in memory, each change has a change time of nanoseconds, and the direct
   * transport has ACLs and attributes of users. If the opposite of such an option is not supported,
   * it is below.
   */
  static final Set<String> FOR_OTHERS =
      Set.of(
          "defaults",
          "auto",
          "noauto",
          "nofail",
          "_netdev",
          "user",
          "nouser",
          "users",
          "nousers",
          "owner",
          "noowner",
          "group",
          "nogroup",
          "comment",
          "uhelper",
          "atime",
          "norelatime",
          "nostrictatime",
          "lazytime",
          "nolazytime",
          "nomand",
          "iversion",
          "noiversion",
          "acl",
          "user_xattr",
          "symfollow",
          "loud",
          "silent");

  /** Options that the kernel shows for a FUSE mount; mount(8) hands them back in a remount. */
  static final Set<String> SHOWN_BY_KERNEL =
      Set.of("user_id", "group_id", "rootmode", "max_read", "blksize", "fd");

  private static final String OWN_ATTRIBUTES =
      "files here have an owner and a mode of their own, use chown and chmod";

  /** Known options without effect here. They are refused with a reason, not ignored. */
  static final Map<String, String> NOT_SUPPORTED =
      Map.ofEntries(
          entry("uid", OWN_ATTRIBUTES),
          entry("gid", OWN_ATTRIBUTES),
          entry("umask", OWN_ATTRIBUTES),
          entry("noacl", "the kernel enforces ACLs on every mount, use setfacl -b"),
          entry("nouser_xattr", "files here have attributes of users"),
          entry("mand", "the kernel has no mandatory locks any more"),
          entry("allow_root", "use allow_other"),
          entry("blkdev", "the kind of mount follows from the drive"),
          entry("subtype", "it is always zonefs-j"),
          entry("fsname", "it is always the SPEC"));

  /** Options that {@code /run/mount/utab} keeps for other programs. */
  private static final Set<String> KEPT_FOR_OTHERS = Set.of("_netdev", "user", "comment");

  private KnownOptions() {}

  /** Whether an option without effect here belongs in the mount table. */
  static boolean isKeptForOthers(String name) {
    return name.startsWith("x-") || KEPT_FOR_OTHERS.contains(name);
  }

  /** All names to suggest for a mistyped one, zonefs-j's own first. */
  static List<String> candidates() {
    List<String> all = new ArrayList<>(DaemonOptions.names());
    KERNEL_FLAGS.stream().sorted().forEach(all::add);
    FOR_OTHERS.stream().sorted().forEach(all::add);
    return all;
  }
}

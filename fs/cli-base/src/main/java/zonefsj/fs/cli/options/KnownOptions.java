// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which mount options there are, apart from what they do. */
final class KnownOptions {
  /** Options of ours and of the mount itself that {@link MountOptionParser} obeys. */
  static final List<String> OBEYED =
      List.of(
          "ro",
          "rw",
          "commit",
          "meta",
          "cache",
          "dirty",
          "gc_policy",
          "gc_start",
          "gc_urgent",
          "gc_reserve",
          "gc_rate",
          "gc_idle",
          "errors",
          "transport",
          "writeback",
          "auto_unmount",
          "noatime",
          "relatime",
          "strictatime",
          "allow_other",
          "default_permissions",
          "nonempty",
          "remount");

  /** Flags that the kernel keeps and obeys for every filesystem. */
  static final Set<String> KERNEL_FLAGS =
      Set.of("dev", "nodev", "suid", "nosuid", "exec", "noexec", "sync", "async");

  /**
   * What mount(8), systemd and fstab(5) say to each other, and words for what is the case anyway.
   * An option whose opposite is not supported is here, its opposite below.
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
          "diratime",
          "nolazytime",
          "nomand",
          "noiversion",
          "loud",
          "silent");

  /** What the kernel shows of a FUSE mount; mount(8) hands it back with a remount. */
  static final Set<String> SHOWN_BY_KERNEL =
      Set.of("user_id", "group_id", "rootmode", "max_read", "blksize", "fd");

  private static final String OWN_ATTRIBUTES =
      "files here have an owner and a mode of their own, use chown and chmod";

  /** Known, but without effect here: refused with the reason rather than accepted in silence. */
  static final Map<String, String> NOT_SUPPORTED =
      Map.ofEntries(
          entry("streams", "the number of streams follows from the drive's limits"),
          entry("max_active", "the limit is the drive's own"),
          entry("uid", OWN_ATTRIBUTES),
          entry("gid", OWN_ATTRIBUTES),
          entry("umask", OWN_ATTRIBUTES),
          entry("nodiratime", "use noatime"),
          entry("lazytime", "use relatime or noatime"),
          entry("mand", "the kernel has no mandatory locks any more"),
          entry("iversion", "FUSE has no change counter"),
          entry("dirsync", "the kernel does not ask a FUSE filesystem for it, use fsync or sync"),
          entry("nosymfollow", "FUSE cannot refuse symbolic links"),
          entry("allow_root", "use allow_other"),
          entry("blkdev", "the kind of mount follows from the drive"),
          entry("subtype", "it is always zonefs-j"),
          entry("fsname", "it is always the SPEC"));

  /** What {@code /run/mount/utab} keeps of a mount for others to look up. */
  private static final Set<String> KEPT_FOR_OTHERS = Set.of("_netdev", "user", "comment");

  private KnownOptions() {}

  /** Whether an option without effect here is to be entered in the mount table. */
  static boolean isKeptForOthers(String name) {
    return name.startsWith("x-") || KEPT_FOR_OTHERS.contains(name);
  }

  /** Every name that can be meant by a mistyped one, ours first. */
  static List<String> candidates() {
    List<String> all = new ArrayList<>(OBEYED);
    KERNEL_FLAGS.stream().sorted().forEach(all::add);
    FOR_OTHERS.stream().sorted().forEach(all::add);
    return all;
  }
}

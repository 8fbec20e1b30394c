// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import zonefsj.device.mounts.MountTableEntry;

/**
 * A mount, and what it means to zonefs-j: whether it is ours, whose it is, what it allows.
 *
 * @param id number of the mount
 * @param device {@code major:minor}, the same for every mount of one filesystem
 * @param root directory of the filesystem that is visible there; not {@code /} for a bind mount
 * @param mountPoint where it is mounted
 * @param options of this mount, comma-separated
 * @param type of the filesystem, with its subtype: {@code fuse.zonefs-j}
 * @param source of the filesystem; for ours, the absolute path or text of the SPEC
 * @param superOptions of the filesystem, comma-separated
 */
public record MountEntry(
    int id,
    String device,
    String root,
    Path mountPoint,
    String options,
    String type,
    String source,
    String superOptions) {
  /** The type of zonefs-j mounts in the kernel's mount table. */
  public static final String TYPE = "fuse.zonefs-j";

  private static final int NOBODY = -1;

  /** A mount of the kernel's table; empty if this locale cannot express the mount point's name. */
  static Optional<MountEntry> of(MountTableEntry mount) {
    try {
      return Optional.of(
          new MountEntry(
              mount.id(),
              mount.device(),
              mount.root(),
              Path.of(mount.mountPoint()),
              mount.options(),
              mount.type(),
              mount.source(),
              mount.superOptions()));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Whether it is a zonefs-j mount, of type fuse or fuseblk. */
  public boolean isOurs() {
    return type.equals(TYPE) || type.equals("fuseblk.zonefs-j");
  }

  /** Whether it is a zonefs-j mount that the given user has mounted. */
  public boolean isOf(int uid) {
    return isOurs() && mounterUid().orElse(NOBODY) == uid;
  }

  /** Whether this mount refuses writes. */
  public boolean isReadOnly() {
    return hasOption(options, "ro") || hasOption(superOptions, "ro");
  }

  /** User who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterUid() {
    return MountTableEntry.number(superOptions, "user_id");
  }

  /** Group of the user who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterGid() {
    return MountTableEntry.number(superOptions, "group_id");
  }

  /** Whether a flag is among the options of this mount. */
  public boolean hasOption(String name) {
    return hasOption(options, name);
  }

  private static boolean hasOption(String list, String name) {
    return Arrays.asList(list.split(",")).contains(name);
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import zonefsj.device.mounts.MountTableEntry;

/**
 * A mount, and what it means to zonefs-j: whether it is ours, whose it is, what it allows.
 *
 * @param row the line of the kernel's table
 * @param mountPoint where it is mounted
 */
public record MountEntry(MountTableEntry row, Path mountPoint) {
  /** The type of zonefs-j mounts in the kernel's mount table. */
  public static final String TYPE = "fuse.zonefs-j";

  private static final int NOBODY = -1;

  /** A mount of the kernel's table; empty if this locale cannot express the mount point's name. */
  static Optional<MountEntry> of(MountTableEntry mount) {
    try {
      return Optional.of(new MountEntry(mount, Path.of(mount.mountPoint())));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Number of the mount. */
  public int id() {
    return row.id();
  }

  /** {@code major:minor}, the same for every mount of one filesystem. */
  public String device() {
    return row.device();
  }

  /** The type of the filesystem, with its subtype: {@code fuse.zonefs-j}. */
  public String type() {
    return row.type();
  }

  /** The source of the filesystem; for ours, the absolute path or text of the SPEC. */
  public String source() {
    return row.source();
  }

  /** The options of the mount and of its filesystem. */
  public Set<String> options() {
    return Stream.of(row.options(), row.superOptions())
        .flatMap(list -> Arrays.stream(list.split(",")))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether it is a zonefs-j mount, of type fuse or fuseblk. */
  public boolean isOurs() {
    return type().equals(TYPE) || type().equals("fuseblk.zonefs-j");
  }

  /** Whether it is a zonefs-j mount that the given user has mounted. */
  public boolean isOf(int uid) {
    return isOurs() && mounterUid().orElse(NOBODY) == uid;
  }

  /** Whether this mount refuses writes. */
  public boolean isReadOnly() {
    return options().contains("ro");
  }

  /** User who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterUid() {
    return row.mounterUid();
  }

  /** Group of the user who mounted it, as FUSE records it; empty for other filesystems. */
  public OptionalInt mounterGid() {
    return row.mounterGid();
  }
}

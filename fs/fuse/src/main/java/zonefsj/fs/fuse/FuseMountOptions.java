// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Mount point and options of a mount.
 *
 * @param mountPoint directory
 * @param source the source in /proc/mounts: the SPEC
 * @param readOnly the kernel refuses all changes
 * @param allowOther users other than the mounting one have access
 * @param writeback the kernel caches writes; not every transport supports this
 * @param autoUnmount the mount is removed when the daemon dies, for any reason
 * @param nonEmpty the mount point may contain files, which the mount hides
 * @param threads number of requests served at the same time; 0 for automatic
 * @param mountFlags flags of mount(8) that the kernel enforces: {@link #MOUNT_FLAGS}
 */
public record FuseMountOptions(
    Path mountPoint,
    String source,
    boolean readOnly,
    boolean allowOther,
    boolean writeback,
    boolean autoUnmount,
    boolean nonEmpty,
    int threads,
    List<String> mountFlags) {

  /** The valid values of {@code mountFlags}. */
  public static final Set<String> MOUNT_FLAGS =
      Set.of(
          "dev", "nodev", "suid", "nosuid", "exec", "noexec", "sync", "async", "dirsync", "atime",
          "noatime");

  /** Rejects unknown flags. */
  public FuseMountOptions {
    mountFlags = List.copyOf(mountFlags);
    for (String flag : mountFlags) {
      if (!MOUNT_FLAGS.contains(flag)) {
        throw new IllegalArgumentException("unknown mount flag: " + flag);
      }
    }
    if (threads < 0) {
      throw new IllegalArgumentException("threads must not be negative: " + threads);
    }
  }

  /** The defaults: read-write, and accessible to all users if the mounting user is root. */
  public static FuseMountOptions of(Path mountPoint, String source) {
    return new FuseMountOptions(
        mountPoint.toAbsolutePath().normalize(),
        source,
        false,
        "root".equals(System.getProperty("user.name")),
        false,
        false,
        false,
        0,
        List.of());
  }

  /** A copy with or without the read-only option. */
  public FuseMountOptions withReadOnly(boolean value) {
    return new FuseMountOptions(
        mountPoint,
        source,
        value,
        allowOther,
        writeback,
        autoUnmount,
        nonEmpty,
        threads,
        mountFlags);
  }

  /** A copy with or without access for other users. */
  public FuseMountOptions withAllowOther(boolean value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, value, writeback, autoUnmount, nonEmpty, threads, mountFlags);
  }

  /** A copy with or without the kernel's write-back cache. */
  public FuseMountOptions withWriteback(boolean value) {
    return new FuseMountOptions(
        mountPoint,
        source,
        readOnly,
        allowOther,
        value,
        autoUnmount,
        nonEmpty,
        threads,
        mountFlags);
  }

  /** A copy with or without the unmount when the daemon dies. */
  public FuseMountOptions withAutoUnmount(boolean value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, allowOther, writeback, value, nonEmpty, threads, mountFlags);
  }

  /** A copy that allows or refuses a mount point that contains files. */
  public FuseMountOptions withNonEmpty(boolean value) {
    return new FuseMountOptions(
        mountPoint,
        source,
        readOnly,
        allowOther,
        writeback,
        autoUnmount,
        value,
        threads,
        mountFlags);
  }

  /** A copy with this number of threads. */
  public FuseMountOptions withThreads(int value) {
    return new FuseMountOptions(
        mountPoint,
        source,
        readOnly,
        allowOther,
        writeback,
        autoUnmount,
        nonEmpty,
        value,
        mountFlags);
  }

  /** A copy with these flags of mount(8). */
  public FuseMountOptions withMountFlags(List<String> value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, allowOther, writeback, autoUnmount, nonEmpty, threads, value);
  }

  /** Number of requests served at the same time. */
  public int threadCount() {
    return threads > 0
        ? threads
        : Math.min(16, Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Where and how a filesystem is mounted.
 *
 * @param mountPoint directory
 * @param source what /proc/mounts shows as the source: the SPEC
 * @param readOnly the kernel refuses all changes
 * @param allowOther users other than the one who mounts may come in
 * @param writeback the kernel keeps writes to itself for a while; not every transport can
 * @param autoUnmount the mount goes when the daemon dies, however that is
 * @param nonEmpty the mount point may hold files, which the mount hides
 * @param threads requests served at once; 0 for automatic
 * @param mountFlags flags of mount(8) that the kernel keeps: {@link #MOUNT_FLAGS}
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

  /** What {@code mountFlags} may hold. */
  public static final Set<String> MOUNT_FLAGS =
      Set.of(
          "dev", "nodev", "suid", "nosuid", "exec", "noexec", "sync", "async", "dirsync", "atime",
          "noatime");

  /** Refuses what no transport knows. */
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

  /** The defaults: read-write, and open to all users when the one who mounts is root. */
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

  /** The same, read-only or not. */
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

  /** The same, for all users or not. */
  public FuseMountOptions withAllowOther(boolean value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, value, writeback, autoUnmount, nonEmpty, threads, mountFlags);
  }

  /** The same, with the write-back cache of the kernel or not. */
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

  /** The same, unmounted when the daemon dies or not. */
  public FuseMountOptions withAutoUnmount(boolean value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, allowOther, writeback, value, nonEmpty, threads, mountFlags);
  }

  /** The same, over a directory that holds files or not. */
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

  /** The same with so many threads. */
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

  /** The same with these flags of mount(8). */
  public FuseMountOptions withMountFlags(List<String> value) {
    return new FuseMountOptions(
        mountPoint, source, readOnly, allowOther, writeback, autoUnmount, nonEmpty, threads, value);
  }

  /** How many requests are served at once. */
  public int threadCount() {
    return threads > 0
        ? threads
        : Math.min(16, Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
  }
}

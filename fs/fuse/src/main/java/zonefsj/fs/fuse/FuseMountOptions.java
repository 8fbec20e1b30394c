// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.nio.file.Path;
import java.util.Set;
import zonefsj.fs.TransportOptions;

/**
 * Mount point and options of a mount.
 *
 * @param mountPoint directory
 * @param source the source in /proc/mounts: the SPEC
 * @param readOnly the kernel refuses all changes
 * @param threads number of requests served at the same time; 0 for automatic: {@link #threadCount},
 *     and on a transport that can start more, up to {@link #mostThreads}
 * @param transportOptions what the user asks of the transport; its flags are among {@link
 *     #MOUNT_FLAGS}
 */
public record FuseMountOptions(
    Path mountPoint,
    String source,
    boolean readOnly,
    int threads,
    TransportOptions transportOptions) {

  /** The valid flags of mount(8). */
  public static final Set<String> MOUNT_FLAGS =
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
          "atime",
          "noatime",
          "nosymfollow");

  /** Each has buffers of 2 MiB, and a request of up to 1 MiB. */
  private static final int MOST_THREADS = 32;

  /** Rejects unknown flags. */
  public FuseMountOptions {
    for (String flag : transportOptions.mountFlags()) {
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
        mountPoint.toAbsolutePath().normalize(), source, false, 0, TransportOptions.DEFAULT);
  }

  /** A copy with or without the read-only option. */
  public FuseMountOptions withReadOnly(boolean value) {
    return new FuseMountOptions(mountPoint, source, value, threads, transportOptions);
  }

  /** A copy with this number of threads. */
  public FuseMountOptions withThreads(int value) {
    return new FuseMountOptions(mountPoint, source, readOnly, value, transportOptions);
  }

  /** A copy with these options of the transport. */
  public FuseMountOptions withTransportOptions(TransportOptions value) {
    return new FuseMountOptions(mountPoint, source, readOnly, threads, value);
  }

  /** Whether users other than the mounting one have access. */
  public boolean allowOther() {
    Boolean given = transportOptions.allowOther();
    return given == null ? "root".equals(System.getProperty("user.name")) : given;
  }

  /** Number of threads at the beginning. */
  public int threadCount() {
    return threads > 0
        ? threads
        : Math.min(16, Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
  }

  /** Limit of the number of threads, if more are started when all are busy. */
  public int mostThreads() {
    return threads > 0 ? threads : MOST_THREADS;
  }
}

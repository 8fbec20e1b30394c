// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;
import zonefsj.tests.posix.Shell;

/**
 * The process of a candidate and its mount. Its standard input is a pipe from this process: when
 * that ends, in whatever way, the daemon ends its mount and itself.
 */
final class LiveDaemon implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  /** The kernel's own default is 128; JnrFuseTransport raises it, so all get it. */
  private static final String READ_AHEAD_KILOBYTES = "1024";

  private final Candidate candidate;
  private final Process process;
  private final Path mountPoint;
  private final Path log;

  private LiveDaemon(Candidate candidate, Process process, Path mountPoint, Path log) {
    this.candidate = candidate;
    this.process = process;
    this.mountPoint = mountPoint;
    this.log = log;
  }

  /** Starts a process; {@link #awaitMount} is next. */
  static LiveDaemon start(Candidate candidate, NativePrograms programs, Path scratch)
      throws IOException {
    Path mountPoint = Files.createTempDirectory(scratch, "mount").toRealPath();
    Path log = Files.createTempFile(scratch, "daemon", ".log");
    Process process =
        new ProcessBuilder(candidate.command(programs, mountPoint))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new LiveDaemon(candidate, process, mountPoint, log);
  }

  /** Waits until the mount can be used, and makes it alike to all others. */
  void awaitMount() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Optional<MountTableEntry> mount = MountTable.read().at(mountPoint);
    while (mount.isEmpty()) {
      if (!isAlive() || System.nanoTime() - begin > START_TIMEOUT.toNanos()) {
        throw new IOException(name() + " did not mount");
      }
      Thread.sleep(20);
      mount = MountTable.read().at(mountPoint);
    }
    Shell.run(List.of("stat", mountPoint + "/.")).orFail();
    // After the first answer: with its reply to INIT the kernel takes the lesser of two values.
    Files.writeString(
        Path.of("/sys/class/bdi", mount.orElseThrow().device(), "read_ahead_kb"),
        READ_AHEAD_KILOBYTES);
  }

  Candidate candidate() {
    return candidate;
  }

  String name() {
    return candidate.name();
  }

  long pid() {
    return process.pid();
  }

  Path mountPoint() {
    return mountPoint;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it has said. */
  String words() throws IOException {
    return Files.readString(log);
  }

  /**
   * Unmounts and waits for the end of the process; where that is refused, by force: a dead daemon
   * fails every call that waits for it. Its files stay, with those of this process.
   */
  @Override
  public void close() throws IOException {
    if (process.isAlive() && MountTable.read().at(mountPoint).isPresent()) {
      Shell.run(List.of("umount", mountPoint.toString()));
    }
    boolean ended = false;
    try {
      process.getOutputStream().close();
      ended = process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
      if (MountTable.read().at(mountPoint).isPresent()) {
        Shell.run(List.of("umount", "-l", mountPoint.toString()));
      }
    }
  }
}

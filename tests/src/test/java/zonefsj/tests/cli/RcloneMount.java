// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import zonefsj.fs.cli.host.MountInfo;

/**
 * A mount of the same store by rclone, which users know: it copies whole files as they are closed,
 * and its fsync promises nothing. For one thread.
 */
final class RcloneMount implements AutoCloseable {
  private static final String VARIABLE = "ZONEFSJ_RCLONE";
  private static final long TIMEOUT_SECONDS = 60;

  private final CommandFixture cli;
  private final Path mountPoint;
  private final Path errors;
  private final Process process;

  /** Mounts a remote, as rclone names it, and waits until it can be used. */
  RcloneMount(CommandFixture cli, String remote, Path mountPoint)
      throws IOException, InterruptedException {
    this.cli = cli;
    this.mountPoint = mountPoint;
    errors = cli.path("rclone-errors");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "rclone",
                "mount",
                "--config",
                cli.path("rclone.conf").toString(),
                remote,
                mountPoint.toString()));
    builder.redirectErrorStream(true).redirectOutput(errors.toFile());
    process = builder.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (MountInfo.read().at(mountPoint).isEmpty()) {
      assertThat(process.isAlive() && System.nanoTime() - deadline < 0)
          .as("rclone: %s", Files.readString(errors))
          .isTrue();
      Thread.sleep(10);
    }
  }

  /**
   * The remote of a store, without a directory.
   *
   * @param spec the drive on it
   * @return empty if rclone has no such store, or nobody named it
   */
  static Optional<String> remote(String spec) {
    if (spec.startsWith("hdfs:")) {
      return Optional.of(
          ":hdfs,namenode=\"%s\",username=%s:/"
              .formatted(URI.create(spec).getAuthority(), System.getProperty("user.name")));
    }
    return Optional.ofNullable(System.getenv(VARIABLE));
  }

  /** Where it is mounted. */
  Path path() {
    return mountPoint;
  }

  /** Unmounts it and waits until it has ended. */
  @Override
  public void close() throws IOException {
    try {
      cli.exec(Map.of(), List.of("fusermount3", "-u", mountPoint.toString()));
      if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly().onExit().join();
    throw new IOException("rclone did not end: " + Files.readString(errors));
  }
}

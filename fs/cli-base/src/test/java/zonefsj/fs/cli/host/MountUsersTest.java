// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MountUsersTest {
  private static final Path MOUNT_POINT = Path.of("/zonefs-j-nowhere");

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path proc;

  /** Processes that work in a directory of the mount, in the order in which they are listed. */
  private List<Path> processes() throws IOException {
    for (String pid : new String[] {"1", "2", "3"}) {
      Path process = Files.createDirectory(proc.resolve(pid));
      Files.writeString(process.resolve("comm"), "p" + pid + "\n");
      Files.createSymbolicLink(process.resolve("cwd"), MOUNT_POINT.resolve("work"));
    }
    try (Stream<Path> listed = Files.list(proc)) {
      return new ArrayList<>(listed.toList());
    }
  }

  private static String named(Path process) {
    return "p" + process.getFileName() + " (process " + process.getFileName() + ")";
  }

  @Test
  void processesAreNamed() throws IOException {
    List<Path> users = processes();
    Files.delete(users.get(1).resolve("cwd"));
    assertThat(MountUsers.describe(MOUNT_POINT, proc, Duration.ofMinutes(1)))
        .isEqualTo(" by " + named(users.get(0)) + ", " + named(users.get(2)));
  }

  /** The entry blocks who reads it, like the mapped files of a process that a FUSE daemon holds. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aProcessThatBlocksItsReadersHoldsNobodyUp() throws Exception {
    List<Path> users = processes();
    Path blocks = users.get(2).resolve("comm");
    Files.delete(blocks);
    assertThat(new ProcessBuilder("mkfifo", blocks.toString()).start().waitFor()).isZero();
    try {
      assertThat(MountUsers.describe(MOUNT_POINT, proc, Duration.ofSeconds(2)))
          .isEqualTo(" by " + named(users.get(0)) + ", " + named(users.get(1)));
    } finally {
      // Lets the reader go.
      try (OutputStream writer = Files.newOutputStream(blocks)) {
        writer.write('x');
      }
    }
  }
}

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

  private MountUsers.Roots roots() {
    return new MountUsers.Roots(proc, proc.resolve("block"));
  }

  private static String named(Path process) {
    return "p" + process.getFileName() + " (process " + process.getFileName() + ")";
  }

  @Test
  void processesAreNamed() throws IOException {
    List<Path> users = processes();
    Files.delete(users.get(1).resolve("cwd"));
    assertThat(MountUsers.describe(MOUNT_POINT, roots(), Duration.ofMinutes(1)))
        .isEqualTo(" by " + named(users.get(0)) + ", " + named(users.get(2)));
  }

  /** Neither has a process that shows the file as its own. */
  @Test
  void whatTheKernelHasOpenedIsNamed() throws IOException {
    Path loop = Files.createDirectories(proc.resolve("block/loop7/loop"));
    Files.writeString(loop.resolve("backing_file"), MOUNT_POINT + "/a b.img\n");
    Path other = Files.createDirectories(proc.resolve("block/loop8/loop"));
    Files.writeString(other.resolve("backing_file"), MOUNT_POINT + "2/b.img\n");
    Files.writeString(
        proc.resolve("swaps"), "Filename Type\n" + MOUNT_POINT + "/my\\040swap file 1 0 -2\n");
    assertThat(MountUsers.describe(MOUNT_POINT, roots(), Duration.ofMinutes(1)))
        .isEqualTo(
            " by /dev/loop7 (on the file "
                + MOUNT_POINT
                + "/a b.img), the swap file "
                + MOUNT_POINT
                + "/my swap");
  }

  @Test
  void aFileThatIsMappedOnlyIsFoundAfterTheOpenOnes() throws IOException {
    List<Path> users = processes();
    Path mapped = users.get(0);
    Files.delete(mapped.resolve("cwd"));
    Files.createDirectory(mapped.resolve("map_files"));
    Files.createSymbolicLink(mapped.resolve("map_files/1-2"), MOUNT_POINT.resolve("library"));
    assertThat(MountUsers.describe(MOUNT_POINT, roots(), Duration.ofMinutes(1)))
        .isEqualTo(
            " by " + named(users.get(1)) + ", " + named(users.get(2)) + ", " + named(mapped));
  }

  /** As of a process with another root: only the number of the mount says where the file is. */
  @Test
  void aFileIsFoundByItsMount() throws IOException {
    List<MountEntry> all = MountInfo.read().entries();
    MountEntry leaf =
        all.stream()
            .filter(
                each ->
                    all.stream().filter(at -> at.mountPoint().startsWith(each.mountPoint())).count()
                        == 1)
            .findFirst()
            .orElseThrow();
    Path process = Files.createDirectory(proc.resolve("5"));
    Files.writeString(process.resolve("comm"), "elsewhere\n");
    Files.createDirectory(process.resolve("fdinfo"));
    Files.writeString(process.resolve("fdinfo/3"), "pos:\t0\nmnt_id:\t" + leaf.id() + "\n");
    assertThat(MountUsers.describe(leaf.mountPoint(), roots(), Duration.ofMinutes(1)))
        .isEqualTo(" by elsewhere (process 5)");
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
      assertThat(MountUsers.describe(MOUNT_POINT, roots(), Duration.ofSeconds(2)))
          .isEqualTo(" by " + named(users.get(0)) + ", " + named(users.get(1)));
    } finally {
      // Lets the reader go.
      try (OutputStream writer = Files.newOutputStream(blocks)) {
        writer.write('x');
      }
    }
  }
}

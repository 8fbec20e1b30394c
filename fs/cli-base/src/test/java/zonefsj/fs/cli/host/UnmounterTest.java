// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.mounts.MountTable;

/** How root unmounts where no native call can be made: by a path. */
final class UnmounterTest {
  private static MountEntry mount(Path at, int uid) {
    String table = "43 27 0:40 / " + at + " rw - fuse.zonefs-j /d rw,user_id=" + uid + "\n";
    return MountInfo.of(MountTable.parse(table.getBytes(StandardCharsets.UTF_8)))
        .at(at)
        .orElseThrow();
  }

  @Test
  void aPathThatOnlyRootCanChangeIsUnmounted() throws IOException {
    assertThat(Unmounter.umountCommand(mount(Path.of("/mnt"), 0), Unmounter.Mode.LAZY))
        .containsExactly("umount", "--internal-only", "--lazy");
  }

  @Test
  void aMountOfAUserIsNot() {
    assertThatThrownBy(
            () -> Unmounter.umountCommand(mount(Path.of("/mnt"), 1000), Unmounter.Mode.PLAIN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("native calls");
  }

  /** In a directory like /tmp, others put what they like in the place of a name that is free. */
  @Test
  void aPathInADirectoryOfEverybodyIsNot(@TempDir Path directory) throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    assertThatThrownBy(
            () -> Unmounter.umountCommand(mount(shared.resolve("mount"), 0), Unmounter.Mode.PLAIN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("native calls");
    Path inside = Files.createDirectory(shared.resolve("a"));
    assertThat(Unmounter.umountCommand(mount(inside.resolve("m"), 0), Unmounter.Mode.PLAIN))
        .containsExactly("umount", "--internal-only");
  }

  /** In the place of a directory on the way, another user could put a link. */
  @Test
  void aPathThatOthersCanChangeIsNot(@TempDir Path directory) throws IOException {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path inside = Files.createDirectory(open.resolve("a"));
    for (Path at : new Path[] {open.resolve("mount"), inside.resolve("mount")}) {
      assertThatThrownBy(() -> Unmounter.umountCommand(mount(at, 0), Unmounter.Mode.PLAIN))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("native calls");
    }
  }
}

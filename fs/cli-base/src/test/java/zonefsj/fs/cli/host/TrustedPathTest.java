// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.mounts.MountTable;

/** Who can change a file. */
final class TrustedPathTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  private static MountInfo mounts(Path fuse, int uid) {
    String table = "43 27 0:40 / " + fuse + " rw - fuse.sshfs s rw,user_id=" + uid + "\n";
    return MountInfo.of(MountTable.parse(table.getBytes(StandardCharsets.UTF_8)));
  }

  /** The mount point does not exist here, so any access to it fails in another way. */
  @Test
  void aMountOfAnotherUserIsNotTouched() throws IOException {
    int us = Directories.currentUid();
    Path mount = directory.resolve("mount");
    MountInfo theirs = mounts(mount, us + 1);
    for (Path below : new Path[] {mount, mount.resolve("image"), mount.resolve("a/image")}) {
      assertThatThrownBy(() -> TrustedPath.checkFile(below, us, theirs))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(mount + " was mounted by user " + (us + 1));
    }
    Files.createDirectory(mount);
    Path image = Files.createFile(mount.resolve("image"));
    TrustedPath.checkFile(image, us, mounts(mount, us));
  }

  @Test
  void onlyAFileThatIsThereIsTrusted() throws IOException {
    int us = Directories.currentUid();
    Path image = Files.createFile(directory.resolve("image"));
    TrustedPath.checkFile(image, us);
    Path link = Files.createSymbolicLink(directory.resolve("link"), image);
    assertThatThrownBy(() -> TrustedPath.checkFile(link, us)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> TrustedPath.checkFile(directory.resolve("absent"), us))
        .isInstanceOf(NoSuchFileException.class);
  }
}

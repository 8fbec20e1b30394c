// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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

  private void refusesToRead(Path file, String why) {
    assertThatThrownBy(() -> TrustedPath.checkToRead(file, Directories.currentUid()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(file + ": ")
        .hasMessageContaining(why);
  }

  /** Its text names a file, but it leads to what is open. */
  @Test
  void aLinkOfAProcessIsNotFollowed() throws IOException {
    int us = Directories.currentUid();
    refusesToRead(Path.of("/proc/self/exe"), "nobody can tell where /proc/");
    refusesToRead(Path.of("/proc/self/cwd/file"), "nobody can tell where /proc/");
    Path link = Files.createSymbolicLink(directory.resolve("way"), Path.of("/proc/self/cwd"));
    assertThatThrownBy(() -> TrustedPath.check(link, us)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> TrustedPath.checkForNewNames(link, us)).isInstanceOf(UserError.class);
    TrustedPath.checkToRead(Path.of("/proc/mounts"), us);
  }

  private Path directory(String name, int mode) throws IOException {
    Path made = Files.createDirectory(directory.resolve(name));
    Files.setAttribute(made, "unix:mode", mode);
    return made;
  }

  @Test
  void aFileThatNobodyElseCanMakeIsRead() throws IOException {
    int us = Directories.currentUid();
    Path own = directory("own", 0755);
    TrustedPath.checkToRead(own.resolve("absent"), us);
    TrustedPath.checkToRead(own.resolve("absent/absent"), us);
    TrustedPath.checkToRead(Path.of("/dev/null"), us);
    Path file = Files.createFile(own.resolve("file"));
    TrustedPath.checkToRead(Files.createSymbolicLink(own.resolve("link"), file), us);
    Files.setAttribute(file, "unix:mode", 0666);
    refusesToRead(file, "everybody may write to " + file);
  }

  @Test
  void aFileInADirectoryOfEverybodyIsReadIfItIsThere() throws IOException {
    Path shared = directory("shared", 01777);
    Path file = Files.createFile(shared.resolve("file"));
    TrustedPath.checkToRead(file, Directories.currentUid());
    refusesToRead(shared.resolve("absent"), "everybody may write to " + shared);
    refusesToRead(shared.resolve("absent/absent"), "everybody may write to " + shared);
    Path dangling =
        Files.createSymbolicLink(directory.resolve("dangling"), shared.resolve("absent"));
    refusesToRead(dangling, "everybody may write to " + shared);
    Path open = directory("open", 0777);
    refusesToRead(Files.createFile(open.resolve("file")), "everybody may write to " + open);
  }

  @Test
  void whatAnotherUserHasMadeIsNotRead() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    Path theirs = Files.createFile(directory.resolve("theirs"));
    Path home = directory("home", 0755);
    for (Path each : new Path[] {link, theirs, home}) {
      Files.setAttribute(each, "unix:uid", 1001, LinkOption.NOFOLLOW_LINKS);
    }
    refusesToRead(link, link + " belongs to user 1001");
    refusesToRead(theirs, theirs + " belongs to user 1001");
    refusesToRead(home.resolve("absent"), home + " belongs to user 1001");
  }
}

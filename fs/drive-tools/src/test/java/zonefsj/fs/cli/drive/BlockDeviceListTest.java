// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.cli.host.Directories;

/** The block devices that a search may open. */
final class BlockDeviceListTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  private Path sysfs;

  @BeforeEach
  void makeSysfs() throws IOException {
    sysfs = Files.createDirectories(directory.resolve("sys/class/block"));
  }

  /** A device, below another one or at the top. */
  private Path device(String path) throws IOException {
    Path real = Files.createDirectories(directory.resolve("sys/devices/block/" + path));
    Files.createSymbolicLink(sysfs.resolve(path.substring(path.lastIndexOf('/') + 1)), real);
    return real;
  }

  private Path loop(String name, String backingFile) throws IOException {
    Path loop = device(name);
    Files.createDirectory(loop.resolve("loop"));
    Files.writeString(loop.resolve("loop/backing_file"), backingFile + "\n");
    return loop;
  }

  private String file(String name, String rights) throws IOException {
    Path file = Files.createFile(directory.resolve(name));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    return file.toString();
  }

  private static void isOver(Path device, Path below) throws IOException {
    Files.createDirectory(device.resolve("slaves"));
    Files.createSymbolicLink(device.resolve("slaves/below"), below);
  }

  @Test
  void loopDevicesOnFilesOfOthersAreLeftOut() throws IOException {
    Path open = Files.createDirectory(directory.resolve("open"));
    loop("loop0", file("image", "rw-r--r--"));
    loop("loop1", file("written", "rw-rw-rw-"));
    loop("loop2", file("open/image", "rw-r--r--"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    loop("loop3", directory + "/image (deleted)");
    loop("loop4", "/");
    device("loop5");
    device("sda");
    device("cciss!c0d0");
    assertThat(new BlockDeviceList(sysfs).read(Directories.currentUid()))
        .map(Path::toString)
        .containsExactly("/dev/cciss/c0d0", "/dev/loop0", "/dev/loop5", "/dev/sda");
  }

  @Test
  void whatConsistsOfThemIsLeftOut() throws IOException {
    Path ours = loop("loop0", file("image", "rw-r--r--"));
    Path theirs = loop("loop1", file("written", "rw-rw-rw-"));
    Files.createFile(device("loop0/loop0p1").resolve("partition"));
    Path part = device("loop1/loop1p1");
    Files.createFile(part.resolve("partition"));
    isOver(device("dm-0"), ours);
    Path crypt = device("dm-1");
    isOver(crypt, theirs);
    isOver(device("dm-2"), crypt);
    isOver(device("md0"), part);
    assertThat(new BlockDeviceList(sysfs).read(Directories.currentUid()))
        .map(Path::toString)
        .containsExactly("/dev/dm-0", "/dev/loop0", "/dev/loop0p1");
  }

  @Test
  void aMachineWithoutSysfsHasNoDevices() throws IOException {
    assertThat(new BlockDeviceList(directory.resolve("none")).read(0)).isEmpty();
  }
}

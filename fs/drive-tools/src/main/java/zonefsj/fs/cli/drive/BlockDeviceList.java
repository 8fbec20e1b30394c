// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.TrustedPath;

/**
 * The block devices of this machine that a search may open.
 *
 * <p>An ordinary user can attach a file to a loop device through udisks, and choose its content or
 * serve it from a FUSE mount that does not answer. So a device on such a file is left out, also a
 * partition of it and a device-mapper or MD device above it. It is recognized without access to the
 * device or the file.
 *
 * @param sysfs the directory {@code /sys/class/block}
 */
record BlockDeviceList(Path sysfs) {
  private static final Logger LOG = LoggerFactory.getLogger(BlockDeviceList.class);

  /**
   * Lists the nodes of whole drives and partitions, without the devices on files that others than
   * root and this user can write or replace.
   *
   * @param uid user who searches
   */
  List<Path> read(int uid) throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path device : entries(sysfs)) {
      // In /sys an exclamation mark replaces a slash in a device name.
      Path node = Path.of("/dev/" + String.valueOf(device.getFileName()).replace('!', '/'));
      try {
        checkFilesBelow(device, uid, new HashSet<>());
        all.add(node);
      } catch (IOException | InvalidPathException untrusted) {
        // Not in a message: which files other users have attached is theirs.
        LOG.debug("{} is left out of the search", node, untrusted);
      }
    }
    all.sort(null);
    return all;
  }

  private static List<Path> entries(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        entries.forEach(all::add);
      }
    }
    return all;
  }

  /** Checks the files of the loop devices that a device consists of. */
  private static void checkFilesBelow(Path device, int uid, Set<Path> seen) throws IOException {
    Path real = device.toRealPath();
    if (!seen.add(real)) {
      return;
    }
    if (Files.exists(real.resolve("partition"))) {
      checkFilesBelow(real.resolveSibling(""), uid, seen);
      return;
    }
    Path name = real.resolve("loop/backing_file");
    if (Files.exists(name)) {
      // A name can end with a blank; only the final newline is the kernel's.
      String text = Files.readString(name);
      String file = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
      TrustedPath.checkFile(Path.of(file), uid);
    }
    for (Path below : entries(real.resolve("slaves"))) {
      checkFilesBelow(below, uid, seen);
    }
  }
}

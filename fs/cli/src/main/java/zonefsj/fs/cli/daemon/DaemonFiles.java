// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.Directories;

/**
 * The files of the daemon of one mount point.
 *
 * @param log its log
 * @param output what its process writes by itself: usually nothing, the last words of a crash
 *     otherwise
 */
record DaemonFiles(Path log, Path output) {
  private static final Logger LOG = LoggerFactory.getLogger(DaemonFiles.class);
  private static final int MAX_NAME = 100;
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  /** Makes the directory and an empty output; the files are named after the mount point. */
  static DaemonFiles of(Directories directories, Path mountPoint) throws IOException {
    Path directory = directories.makePrivate(directories.log());
    String name = name(mountPoint);
    DaemonFiles files =
        new DaemonFiles(directory.resolve(name + ".log"), directory.resolve(name + ".out"));
    Files.deleteIfExists(files.output);
    Files.createFile(files.output, PosixFilePermissions.asFileAttribute(PRIVATE));
    // Logs name files. The directory may be one that others can read, like /var/log.
    if (!Files.exists(files.log)) {
      Files.createFile(files.log, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
    return files;
  }

  /**
   * Leaves one file of a mount that failed, or none if there is nothing to say: what the process
   * wrote by itself goes to the end of the log. To be called when the process has ended.
   */
  void joinOutputToLog() {
    try {
      if (Files.size(output) > 0) {
        Files.write(log, Files.readAllBytes(output), StandardOpenOption.APPEND);
      }
      Files.delete(output);
      if (Files.size(log) == 0) {
        Files.delete(log);
      }
    } catch (IOException e) {
      // The mount failed already, for a reason that says more.
      LOG.warn("{} and {} stay two files", log, output, e);
    }
  }

  /** {@code /mnt/data} is {@code mnt-data}; what loses something by that gets a checksum. */
  static String name(Path mountPoint) {
    String path = mountPoint.toString();
    String name = path.replaceFirst("^/", "").replace('/', '-').replaceAll("[^A-Za-z0-9._-]", "_");
    if (name.length() <= MAX_NAME && path.equals("/" + name.replace('-', '/'))) {
      return name;
    }
    CRC32 crc = new CRC32();
    crc.update(path.getBytes(StandardCharsets.UTF_8));
    return name.substring(0, Math.min(MAX_NAME, name.length()))
        + "-"
        + Long.toHexString(crc.getValue());
  }
}

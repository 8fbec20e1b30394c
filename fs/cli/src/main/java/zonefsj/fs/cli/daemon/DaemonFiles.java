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
 * @param output its standard output and standard error: usually empty, otherwise messages of a
 *     crash
 */
record DaemonFiles(Path log, Path output) {
  private static final Logger LOG = LoggerFactory.getLogger(DaemonFiles.class);
  private static final int MAX_NAME = 100;
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  /**
   * Creates the directory, an empty output and, if missing, the log. The mount point gives the
   * files their names.
   */
  static DaemonFiles of(Directories directories, Path mountPoint) throws IOException {
    Path directory = directories.makePrivate(directories.log());
    String name = name(mountPoint);
    DaemonFiles files =
        new DaemonFiles(directory.resolve(name + ".log"), directory.resolve(name + ".out"));
    Files.deleteIfExists(files.output);
    Files.createFile(files.output, PosixFilePermissions.asFileAttribute(PRIVATE));
    // Logs contain file names. The directory may be readable by others, like /var/log.
    if (!Files.exists(files.log)) {
      Files.createFile(files.log, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
    return files;
  }

  /**
   * Merges the files of a failed mount: appends the output to the log, and deletes a log that is
   * empty. Call it after the process has ended.
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
      // The mount has already failed, for a reason that matters more.
      LOG.warn("{} and {} stay two files", log, output, e);
    }
  }

  /**
   * Turns {@code /mnt/data} into {@code mnt-data}. A name that loses information gets a checksum.
   */
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

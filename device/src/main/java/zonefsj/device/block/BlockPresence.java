// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the kernel still has the block device that was opened. A drive that is pulled loses its
 * directory in {@code /sys/dev/block}. The number of some drives is then free for another one,
 * which has another sequence number ({@code diskseq}, Linux 5.15). The path of the drive says
 * nothing: links below {@code /dev} come and go.
 *
 * <p>Thread-safe.
 */
public final class BlockPresence {
  private static final Path SYS = Path.of("/sys");

  private final String name;
  private final Path directory;
  private final boolean hadDirectory;
  private final String sequence;

  private BlockPresence(String name, Path directory) {
    this.name = name;
    this.directory = directory;
    this.hadDirectory = Files.isDirectory(directory);
    this.sequence = sequence();
  }

  /**
   * Remembers a block device that has just been opened.
   *
   * @param path the device's node
   * @throws IOException if nothing is there
   */
  public static BlockPresence of(Path path) throws IOException {
    if (!(Files.getAttribute(path, "unix:rdev") instanceof Long number)) {
      throw new BlockDeviceException(path + ": its device number is not known");
    }
    return of(SYS, path, BlockDeviceFacts.major(number), BlockDeviceFacts.minor(number));
  }

  /**
   * Remembers the block device of a mounted filesystem. One that has none is always there.
   *
   * @param directory of the filesystem
   * @throws IOException if nothing is there
   */
  public static BlockPresence ofFilesystem(Path directory) throws IOException {
    if (!(Files.getAttribute(directory, "unix:dev") instanceof Long number)) {
      throw new BlockDeviceException(directory + ": its device number is not known");
    }
    return of(
        SYS,
        "the drive of " + directory,
        BlockDeviceFacts.major(number),
        BlockDeviceFacts.minor(number));
  }

  /** As above, from a given sysfs path, for tests. */
  static BlockPresence of(Path sys, Path path, int major, int minor) {
    return of(sys, path.toString(), major, minor);
  }

  private static BlockPresence of(Path sys, String name, int major, int minor) {
    return new BlockPresence(name, sys.resolve("dev/block/" + major + ":" + minor));
  }

  /** What happened to the drive, in words; empty if it is there. */
  public String loss() {
    boolean isGone = hadDirectory && !(Files.isDirectory(directory) && sequence().equals(sequence));
    return isGone ? removed() : "";
  }

  /** The words for a drive that is gone. */
  String removed() {
    return name + " was removed";
  }

  /** Empty if the kernel does not count drives, or the drive is gone. */
  private String sequence() {
    try {
      return Files.readString(directory.resolve("diskseq")).strip();
    } catch (IOException none) {
      return "";
    }
  }
}

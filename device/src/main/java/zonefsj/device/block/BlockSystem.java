// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ZoneDescriptor;

/**
 * Where operating systems differ in their drives with zones: the numbers and structures of their
 * requests, what they tell of a drive, flags and error numbers. Elsewhere this package has the
 * numbers of Linux.
 *
 * <p>Stateless and thread-safe.
 */
interface BlockSystem {
  /** {@code linux/blkzoned.h} and sysfs. */
  BlockSystem LINUX = new LinuxBlocks();

  /** {@code sys/disk_zone.h}. Written from its definitions, and never run on FreeBSD. */
  BlockSystem FREE_BSD = new FreeBsdBlocks();

  /**
   * The system on which this process runs.
   *
   * @throws IllegalStateException if it is neither of the two
   */
  static BlockSystem current() {
    return named(System.getProperty("os.name", ""));
  }

  /**
   * A system by its name.
   *
   * @param name as in the system property {@code os.name}
   */
  static BlockSystem named(String name) {
    return switch (name) {
      case "Linux" -> LINUX;
      case "FreeBSD" -> FREE_BSD;
      default ->
          throw new IllegalStateException(
              "drives of " + name + " are not known; use Linux, or FreeBSD");
    };
  }

  /** Whether a file with these mode bits is a drive. */
  boolean isDrive(int mode);

  /** What the system tells of a drive. */
  BlockDeviceFacts facts(Path path) throws IOException;

  /** Reports zones, with as few calls as possible. */
  List<ZoneDescriptor> report(NativeFile file, int from, int count, long zoneSizeBytes)
      throws IOException;

  /** Requests a transition of one zone. */
  void request(NativeFile file, ZoneRequest request, ZoneDescriptor zone) throws IOException;

  /** Makes everything durable that was written before. */
  void flush(NativeFile file) throws IOException;

  /** Flags of open(2) of this system, for those of Linux in {@link BlockLibc}. */
  int openFlags(int flags);

  /** The number that Linux has for an error of this system, as in {@link BlockLibc}. */
  int errno(int number);
}

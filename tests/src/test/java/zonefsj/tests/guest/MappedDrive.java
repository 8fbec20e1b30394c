// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.file.Path;

/** A drive that the device mapper makes of parts of others; closing takes it away again. */
final class MappedDrive implements AutoCloseable {
  private final String name;
  private final Path node;

  private MappedDrive(String name, Path node) {
    this.name = name;
    this.node = node;
  }

  /**
   * Makes one.
   *
   * @param targets lines of a table as dmsetup(8) takes them, in 512-byte sectors
   */
  static MappedDrive of(String name, String... targets) throws IOException {
    String all = name + ",,,rw," + String.join(",", targets);
    Guest.run("dmsetup", "--noudevsync", "create", "--concise", all);
    // Names are made by udev, of which the guest has none.
    String minor = Guest.run("dmsetup", "info", "-c", "--noheadings", "-o", "minor", name);
    return new MappedDrive(name, Path.of("/dev/dm-" + minor.strip()));
  }

  /** Its block device. */
  Path node() {
    return node;
  }

  @Override
  public void close() throws IOException {
    Guest.run("dmsetup", "--noudevsync", "remove", name);
  }
}

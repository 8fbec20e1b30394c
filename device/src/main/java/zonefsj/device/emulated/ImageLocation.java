// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.device.block.BlockDeviceFacts;

/**
 * Where an image is: in a file, or on a drive that has no zones of its own. Immutable.
 *
 * @param path of the file or drive
 * @param isDrive whether it is a drive
 */
record ImageLocation(Path path, boolean isDrive) {
  /** Looks what is there. */
  static ImageLocation of(Path path) throws IOException {
    return new ImageLocation(path, Files.exists(path) && BlockDeviceFacts.isBlockDevice(path));
  }

  /** The emulated drive as a user knows it. */
  String description() {
    return (isDrive ? "zones emulated on " : "image ") + path;
  }

  /**
   * What cannot be used as it is.
   *
   * @param why which part, and what is wrong with it
   */
  ImageException unusable(String why) {
    return new ImageException(
        path
            + (isDrive ? ": of its emulated zones the " : ": the image's ")
            + why
            + (isDrive
                ? "; 'zonefs-j mkfs --force' makes them anew, without what they hold"
                : "; restore the file from a copy, or make a new one with 'zonefs-j create'"));
  }
}

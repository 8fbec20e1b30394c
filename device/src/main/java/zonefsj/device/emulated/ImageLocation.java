// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.device.block.BlockDeviceFacts;

/**
 * The location of an image: a file, or a drive without zones of its own. Immutable.
 *
 * @param path of the file or drive
 * @param isDrive whether it is a drive
 */
record ImageLocation(Path path, boolean isDrive) {
  /** Determines what the path refers to. */
  static ImageLocation of(Path path) throws IOException {
    return new ImageLocation(path, Files.exists(path) && BlockDeviceFacts.isBlockDevice(path));
  }

  /** The user's name for the emulated drive. */
  String description() {
    return (isDrive ? "zones emulated on " : "image ") + path;
  }

  /**
   * The exception for an image that cannot be used.
   *
   * @param why the damaged part and the damage
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

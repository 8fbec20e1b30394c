// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.nio.file.Path;

/**
 * Where a layer is, for messages.
 *
 * @param name of the file or drive
 * @param remedy what helps if it is damaged
 */
record LayerPlace(String name, String remedy) {
  static LayerPlace of(Path file) {
    return new LayerPlace(
        file.toString(),
        "restore the file from a copy, or remove it to drop the layer with its changes");
  }

  /** The exception for a layer that is damaged. */
  LayerException unusable(String what) {
    return new LayerException(name + ": the layer's " + what + "; " + remedy);
  }

  @Override
  public String toString() {
    return name;
  }
}

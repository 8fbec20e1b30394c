// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.IOException;

/** A file of an image is not one that RocksDB writes for us; the message says which and why. */
public final class ImageDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  ImageDamagedException(String message) {
    super(message);
  }
}

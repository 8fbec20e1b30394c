// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.IOException;

/**
 * A file of an image is not one that RocksDB writes with our settings; the message gives file and
 * reason.
 */
public final class ImageDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  ImageDamagedException(String message) {
    super(message);
  }
}

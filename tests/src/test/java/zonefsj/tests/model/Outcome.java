// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.util.zip.CRC32C;
import zonefsj.fs.Attributes;

/** What an operation answered, in words that can be compared. */
final class Outcome {
  private Outcome() {}

  /**
   * All of the attributes that must be equal: not the inode number, not the space taken, not the
   * time of birth.
   */
  static String of(Attributes attributes) {
    return String.format(
        "mode=%o links=%d owner=%d:%d device=%x size=%d atime=%s mtime=%s ctime=%s",
        attributes.mode(),
        attributes.linkCount(),
        attributes.uid(),
        attributes.gid(),
        attributes.device(),
        attributes.isDirectory() ? 0 : attributes.sizeBytes(),
        attributes.accessTime(),
        attributes.modifyTime(),
        attributes.changeTime());
  }

  static String crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return bytes.length + " bytes " + Long.toHexString(crc.getValue());
  }
}

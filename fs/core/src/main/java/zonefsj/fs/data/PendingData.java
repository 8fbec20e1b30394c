// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;

/**
 * Data on the way to a zone: a part of a source.
 *
 * @param source number of the source in its call
 * @param inode inode number
 * @param fileOffset offset in the file, bytes
 * @param bytes the data, from position to limit; {@link ByteBuffer#remaining} is the length
 */
record PendingData(int source, long inode, long fileOffset, ByteBuffer bytes) {
  int length() {
    return bytes.remaining();
  }

  PendingData slice(int from, int length) {
    return new PendingData(
        source, inode, fileOffset + from, bytes.slice(bytes.position() + from, length));
  }
}

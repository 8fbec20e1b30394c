// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

/**
 * Where the bytes of a striped zone are: in chunks, round and round over the parts.
 *
 * <pre>
 * offset in the zone   0        C        2C       3C       4C       5C
 * part 0               chunk 0           .        chunk 3
 * part 1                        chunk 1           .        chunk 4
 * part 2                                 chunk 2           .        chunk 5
 * </pre>
 *
 * All offsets are bytes from the start of a zone: of the whole zone, or of a part's.
 *
 * @param parts number of parts
 * @param chunkBytes C
 */
record StripeLayout(int parts, long chunkBytes) {

  /** The part that has the byte at an offset. */
  int partOf(long offsetBytes) {
    return (int) (offsetBytes / chunkBytes % parts);
  }

  /** Where on its part the byte at an offset is. */
  long onPart(long offsetBytes) {
    return offsetBytes / chunkBytes / parts * chunkBytes + offsetBytes % chunkBytes;
  }

  /** The offset in the zone of the byte at an offset on a part; the reverse of the above. */
  long offsetBytes(int part, long onPartBytes) {
    return (onPartBytes / chunkBytes * parts + part) * chunkBytes + onPartBytes % chunkBytes;
  }

  /** How many bytes a part has of the first {@code lengthBytes} of a zone. */
  long shareBytes(int part, long lengthBytes) {
    long rows = lengthBytes / chunkBytes / parts;
    long rest = lengthBytes - rows * chunkBytes * parts;
    return rows * chunkBytes + Math.max(0, Math.min(chunkBytes, rest - part * chunkBytes));
  }

  /** The least length of a zone of which a part has {@code shareBytes}; 0 if that is 0. */
  long lengthBytes(int part, long shareBytes) {
    return shareBytes == 0 ? 0 : offsetBytes(part, shareBytes - 1) + 1;
  }

  /** Bytes from an offset to the end of its chunk. */
  long leftInChunkBytes(long offsetBytes) {
    return chunkBytes - offsetBytes % chunkBytes;
  }
}

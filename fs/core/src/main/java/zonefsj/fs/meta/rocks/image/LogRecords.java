// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The records of a file in RocksDB's log format: blocks of 32 KiB of fragments, each with a
 * checksum (4), a length (2) and a type (1: whole, 2: first, 3: middle, 4: last). If no header
 * fits, the rest of a block is zeros. RocksDB skips some errors; this class accepts none.
 */
final class LogRecords {
  static final int BLOCK_BYTES = 32 << 10;
  static final int HEADER_BYTES = 7;
  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  static final int LAST = 4;

  private final byte[] file;
  private int at;

  LogRecords(byte[] file) {
    this.file = file;
  }

  /** The next record; null after the last. */
  byte @Nullable [] next() throws ImageDamagedException {
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    boolean begun = false;
    while (skipPadding()) {
      if (file.length - at < HEADER_BYTES) {
        throw new ImageDamagedException("it ends in a record");
      }
      int length = length(file, at);
      int type = type(file, at);
      if (length > Math.min(file.length, blockEnd()) - at - HEADER_BYTES) {
        throw new ImageDamagedException("a record goes on behind its block");
      }
      if (begun ? type != MIDDLE && type != LAST : type != WHOLE && type != FIRST) {
        throw new ImageDamagedException("a record has a fragment of type " + type);
      }
      checkSum(type, length);
      record.write(file, at + HEADER_BYTES, length);
      at += HEADER_BYTES + length;
      if (type == WHOLE || type == LAST) {
        return record.toByteArray();
      }
      begun = true;
    }
    if (begun) {
      throw new ImageDamagedException("it ends in a record");
    }
    return null;
  }

  /** The length of the fragment whose header is at a position, without the header. */
  static int length(byte[] file, int at) {
    return (file[at + 4] & 0xff) | (file[at + 5] & 0xff) << 8;
  }

  /** The type, 0 to 255, of the fragment whose header is at a position. */
  static int type(byte[] file, int at) {
    return file[at + 6] & 0xff;
  }

  private int blockEnd() {
    return (at / BLOCK_BYTES + 1) * BLOCK_BYTES;
  }

  /** Moves to the next position of a header; false at the end. */
  private boolean skipPadding() throws ImageDamagedException {
    int room = blockEnd() - at;
    if (room < HEADER_BYTES) {
      int end = Math.min(file.length, at + room);
      byte[] padding = Arrays.copyOfRange(file, at, end);
      if (!Arrays.equals(padding, new byte[padding.length])) {
        throw new ImageDamagedException("there is something between its blocks");
      }
      at = end;
    }
    return at < file.length;
  }

  private void checkSum(int type, int length) throws ImageDamagedException {
    CRC32C crc = new CRC32C();
    crc.update(type);
    crc.update(file, at + HEADER_BYTES, length);
    int sum = (int) crc.getValue();
    if (Integer.rotateRight(sum, 15) + 0xa282ead8 != Cursor.fixed32(file, at)) {
      throw new ImageDamagedException("a record's checksum is wrong");
    }
  }
}

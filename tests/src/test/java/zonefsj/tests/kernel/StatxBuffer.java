// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import zonefsj.fs.Attributes;

/**
 * {@code struct statx} of linux/stat.h, the same on all architectures.
 *
 * <p>Each field is asked for alone. The kernel refreshes all that it has cached as soon as one of
 * the fields asked for is in doubt: together, the times after a write would hide a stale mode.
 */
final class StatxBuffer {
  static final int BYTES = 256;

  /** A field, with the bit that asks for it. */
  enum Field {
    MODE(0x3, 28, 2),
    LINKS(0x4, 16, 4),
    USER(0x8, 20, 4),
    GROUP(0x10, 24, 4),
    ACCESS_TIME(0x20, 64, 16),
    MODIFY_TIME(0x40, 112, 16),
    CHANGE_TIME(0x80, 96, 16),
    INODE(0x100, 32, 8),
    SIZE(0x200, 40, 8),
    BLOCKS(0x400, 48, 8),
    BIRTH_TIME(0x800, 80, 16),
    DEVICE(0x1, 128, 8);

    private final int mask;
    private final int offset;
    private final int length;

    Field(int mask, int offset, int length) {
      this.mask = mask;
      this.offset = offset;
      this.length = length;
    }

    int mask() {
      return mask;
    }

    int offset() {
      return offset;
    }

    int length() {
      return length;
    }
  }

  private StatxBuffer() {}

  static Attributes attributes(byte[] buffer) {
    ByteBuffer in = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    long major = Integer.toUnsignedLong(in.getInt(128));
    long minor = Integer.toUnsignedLong(in.getInt(132));
    return new Attributes(
        in.getLong(32),
        0,
        Short.toUnsignedInt(in.getShort(28)),
        in.getInt(16),
        in.getInt(20),
        in.getInt(24),
        (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12,
        in.getLong(40),
        in.getLong(48) * 512,
        time(in, 64),
        time(in, 112),
        time(in, 96),
        time(in, 80));
  }

  private static Instant time(ByteBuffer in, int at) {
    return Instant.ofEpochSecond(in.getLong(at), Integer.toUnsignedLong(in.getInt(at + 8)));
  }
}

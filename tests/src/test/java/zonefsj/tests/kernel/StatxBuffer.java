package zonefsj.tests.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import zonefsj.fs.Attributes;

/** {@code struct statx} of linux/stat.h, the same on all architectures. */
final class StatxBuffer {
  static final int BYTES = 256;

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

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.zonemgr.FrameHeader;

/**
 * Gives every decoder bytes that nobody wrote: random ones, good ones cut short, with flipped bits
 * or with numbers at their limits, with and without checksums that fit. A decoder answers with a
 * value, null or an IOException, and allocates in proportion to what it was given.
 */
public final class FormatProof {
  private static final int MAX_RANDOM_BYTES = 400;
  private static final long BASE_ALLOCATION_BYTES = 1 << 20;
  private static final long ALLOCATION_FACTOR = 256;
  private static final long[] LIMITS = {
    0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 255
  };

  private FormatProof() {}

  /**
   * Tries case after case and prints each that fails, with the command that repeats it.
   *
   * @param seed of the first case; the next one has the next number
   * @param count how many; each is tried on every decoder
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      for (Golden structure : Golden.values()) {
        String wrong = attempt(structure, seed + tried);
        if (wrong != null) {
          failed++;
          out.println(structure + ": " + wrong);
          out.println("repeat with: tests/prove format --seed " + (seed + tried) + " --count 1");
        }
      }
      tried++;
    }
    out.printf("format: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static @Nullable String attempt(Golden structure, long seed) throws IOException {
    Golden.Reader reader = structure.reader();
    if (reader == null) {
      return null;
    }
    byte[] bytes = damaged(structure, new SplittableRandom(seed));
    com.sun.management.ThreadMXBean memory =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = memory.getThreadAllocatedBytes(Thread.currentThread().getId());
    String wrong = null;
    try {
      reader.read(ByteBuffer.wrap(bytes));
    } catch (IOException expected) {
      wrong = expected.getMessage() == null ? "refuses without words" : null;
    } catch (RuntimeException | OutOfMemoryError unexpected) {
      wrong = "throws " + unexpected;
    }
    long allocated = memory.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    if (allocated > BASE_ALLOCATION_BYTES + ALLOCATION_FACTOR * bytes.length) {
      wrong = "allocates " + allocated + " bytes";
    }
    return wrong == null ? null : wrong + " for " + HexFormat.of().formatHex(bytes);
  }

  private static byte[] damaged(Golden structure, SplittableRandom random) throws IOException {
    if (random.nextInt(8) == 0) {
      byte[] any = new byte[random.nextInt(MAX_RANDOM_BYTES)];
      random.nextBytes(any);
      return any;
    }
    byte[] bytes = structure.write();
    int interesting = structure.isFrame() ? Math.min(bytes.length, 400) : bytes.length;
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(interesting);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> putLimit(bytes, at, random);
        default -> {
          if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, at);
            interesting = Math.max(1, Math.min(interesting, at));
            if (at == 0) {
              return bytes;
            }
          }
        }
      }
    }
    if (structure.isFrame() && random.nextInt(4) != 0) {
      seal(bytes);
    }
    if (structure == Golden.FRAME_HEADER && random.nextInt(4) != 0) {
      sealHeader(bytes);
    }
    if (structure == Golden.PAIRS_CHECKPOINT && bytes.length > 4 && random.nextInt(4) != 0) {
      int length = bytes.length - 4;
      ByteBuffer.wrap(bytes).putInt(length, FrameHeader.crc(ByteBuffer.wrap(bytes, 0, length)));
    }
    return bytes;
  }

  private static void putLimit(byte[] bytes, int at, SplittableRandom random) {
    ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer target = ByteBuffer.wrap(bytes).order(order);
    long value = LIMITS[random.nextInt(LIMITS.length)];
    if (random.nextBoolean() && at + Long.BYTES <= bytes.length) {
      target.putLong(at, value);
    } else if (at + Integer.BYTES <= bytes.length) {
      target.putInt(at, (int) value);
    }
  }

  /** Makes both checksums of a frame right, so that what is behind them is read. */
  private static void seal(byte[] frame) {
    if (frame.length < FrameHeader.BYTES) {
      return;
    }
    ByteBuffer little = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    int payload = little.getInt(40);
    if (payload >= 0 && payload <= frame.length - FrameHeader.BYTES) {
      little.putInt(44, FrameHeader.crc(ByteBuffer.wrap(frame, FrameHeader.BYTES, payload)));
    }
    sealHeader(frame);
  }

  private static void sealHeader(byte[] frame) {
    if (frame.length >= FrameHeader.BYTES) {
      ByteBuffer.wrap(frame)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(60, FrameHeader.crc(ByteBuffer.wrap(frame, 0, 60)));
    }
  }
}

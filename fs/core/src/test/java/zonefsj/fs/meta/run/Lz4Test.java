// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Lz4Test {
  private static final int BLOCKS = 500;
  private static final int MAX_BYTES = 100_000;

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 40 : MAX_BYTES)];
    int kind = random.nextInt(3);
    int period = 1 + random.nextInt(300);
    for (int index = 0; index < bytes.length; index++) {
      bytes[index] =
          (byte) (kind == 0 ? random.nextInt(256) : kind == 1 ? random.nextInt(3) : index % period);
    }
    return bytes;
  }

  @Test
  void whatIsCompressedIsThereAgain() {
    for (int block = 0; block < BLOCKS; block++) {
      byte[] in = bytes();
      byte[] out = new byte[in.length + in.length / 255 + 16];
      int length = Lz4.compress(in, 0, in.length, out, out.length);
      assertThat(length).as("seed %d", seed).isPositive();
      byte[] back = new byte[in.length];
      assertThat(Lz4.decompress(out, 0, length, back, in.length)).as("seed %d", seed).isTrue();
      assertThat(back).as("seed %d", seed).isEqualTo(in);
      // The limit is kept.
      byte[] exact = new byte[length];
      assertThat(Lz4.compress(in, 0, in.length, exact, length)).isEqualTo(length);
      assertThat(Lz4.compress(in, 0, in.length, exact, length - 1)).isEqualTo(-1);
    }
  }

  @Test
  void equalBytesTakeLittle() {
    byte[] out = new byte[1000];
    assertThat(Lz4.compress(new byte[MAX_BYTES], 0, MAX_BYTES, out, out.length)).isLessThan(500);
  }

  /** Also an impossible length is an answer, and no exception. */
  @Test
  void aDamagedBlockHasItsLengthOrIsRefused() {
    int refused = 0;
    for (int block = 0; block < BLOCKS; block++) {
      byte[] in = bytes();
      byte[] out = new byte[in.length + in.length / 255 + 16];
      int length = Lz4.compress(in, 0, in.length, out, out.length);
      out[random.nextInt(length)] ^= (byte) (1 + random.nextInt(255));
      byte[] back = new byte[in.length];
      refused += Lz4.decompress(out, 0, length, back, in.length) ? 0 : 1;
    }
    assertThat(refused).as("seed %d", seed).isPositive();
  }
}

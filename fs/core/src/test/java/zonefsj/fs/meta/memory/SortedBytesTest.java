// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Keys that somebody chose do not make the tree a list, which would overflow the stack. */
class SortedBytesTest {
  private static final int KEYS = 8000;
  private static final long STACK_BYTES = 256 << 10;

  /** The hash as anybody can compute it: the priority, if it had no key. */
  private static int publicHash(byte[] key) {
    long hash = key.length;
    for (byte b : key) {
      hash = (hash ^ b) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    return (int) (hash >>> 16);
  }

  /** Ascending keys of ascending hashes. */
  private static List<byte[]> chosenKeys() {
    List<byte[]> keys = new ArrayList<>();
    long step = (1L << 32) / KEYS;
    for (int number = 0; number < KEYS; number++) {
      long least = Integer.MIN_VALUE + number * step;
      ByteBuffer key = ByteBuffer.allocate(8).putInt(number);
      int suffix = 0;
      int hash;
      do {
        hash = publicHash(key.putInt(4, suffix++).array());
      } while (hash < least || hash >= least + step);
      keys.add(key.array());
    }
    return keys;
  }

  private static SortedBytes put(List<byte[]> keys) {
    SortedBytes all = SortedBytes.EMPTY;
    for (byte[] key : keys) {
      all = all.put(key, key);
    }
    return all;
  }

  @Test
  void keysChosenByTheirHashesTakeLittleStack() throws Exception {
    List<byte[]> keys = chosenKeys();
    FutureTask<List<byte[]>> work =
        new FutureTask<>(
            () -> {
              List<byte[]> left = new ArrayList<>();
              put(keys)
                  .removeRange(keys.get(10), keys.get(20))
                  .scan(new byte[0], null, (key, value) -> left.add(key));
              return left;
            });
    new Thread(null, work, "little stack", STACK_BYTES).start();
    List<byte[]> found = work.get();
    assertThat(found).hasSize(KEYS - 10).isSortedAccordingTo(Arrays::compareUnsigned);
  }
}

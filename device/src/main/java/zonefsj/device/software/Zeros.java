// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.nio.ByteBuffer;

/** Writes zeros without allocation. Stateless and thread-safe. */
public final class Zeros {
  private static final byte[] BYTES = new byte[8192];

  private Zeros() {}

  /** Puts {@code count} zeros. */
  public static void put(ByteBuffer destination, int count) {
    for (int left = count; left > 0; ) {
      int length = Math.min(left, BYTES.length);
      destination.put(BYTES, 0, length);
      left -= length;
    }
  }
}

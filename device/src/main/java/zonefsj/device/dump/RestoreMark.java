// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import zonefsj.device.KnownFormat;

/**
 * The first block of a drive while a dump is restored to it: the 8 bytes {@code "ZFJREST\0"}, then
 * zeros. {@link KnownFormat} knows it.
 *
 * <p>Stateless and thread-safe.
 */
public final class RestoreMark {
  private static final byte[] MAGIC = "ZFJREST\0".getBytes(StandardCharsets.US_ASCII);

  private RestoreMark() {}

  static ByteBuffer block(int blockSizeBytes) {
    return ByteBuffer.allocateDirect(blockSizeBytes).put(0, MAGIC);
  }

  /**
   * Whether the first bytes of a drive are the mark: what is in its other zones is not complete.
   *
   * @param start first bytes, from the position on; not changed
   */
  public static boolean isIn(ByteBuffer start) {
    return start.remaining() >= MAGIC.length
        && start.slice().limit(MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }
}

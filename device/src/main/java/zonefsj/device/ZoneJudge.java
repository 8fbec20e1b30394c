// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Knows what the zones of a drive must contain, where the drive itself does not: given by who
 * writes checksums, to a drive that has several copies of a zone ({@link ZonedDevice#judgeBy}).
 * Implementations are thread-safe.
 */
@FunctionalInterface
public interface ZoneJudge {
  /** Knows nothing of any zone: for drives that nobody can judge, which so wait for no judge. */
  ZoneJudge NONE = (zone, lengthBytes, copy, other) -> false;

  /** One copy of a zone. */
  @FunctionalInterface
  interface Copy {
    /**
     * Reads what this copy alone holds.
     *
     * @param offsetBytes from the start of the zone, whole blocks
     * @param destination is filled from its position to its limit, whole blocks
     * @throws IOException if the copy cannot be read
     */
    void read(long offsetBytes, ByteBuffer destination) throws IOException;
  }

  /**
   * Whether another copy has something right that a copy has wrong, so that it must not be replaced
   * by it. Both must be of the same age: copies that were right at different times are not.
   *
   * @param zone number of the zone on the drive that was given the judge
   * @param lengthBytes written bytes of the zone that both copies have
   * @param copy one copy
   * @param other another one, which differs
   * @throws IOException if one of them cannot be read
   */
  boolean isNeeded(int zone, long lengthBytes, Copy copy, Copy other) throws IOException;
}

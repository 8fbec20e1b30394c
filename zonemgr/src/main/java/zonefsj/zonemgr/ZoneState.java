// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * One zone as the allocator sees it.
 *
 * @param zone index
 * @param use what may be done with it
 * @param stream the stream that it serves; null for a free zone or one that no stream has claimed
 *     yet
 * @param capacityBytes bytes that can be written after a reset, in whole frame units
 * @param writtenBytes bytes up to the write pointer, as far as the allocator knows
 */
public record ZoneState(
    int zone, Use use, @Nullable ZoneStream stream, long capacityBytes, long writtenBytes) {
  /** What may be done with a zone. */
  public enum Use {
    /** Empty; may be handed out. */
    FREE,
    /** A handle exists. */
    HANDLE,
    /** Partly written, without a handle; counts as active. */
    PARTIAL,
    /** Takes no more appends until it is reset; may still hold an active resource. */
    FILLED,
    /** A finish or a reset is in progress. */
    CHANGING,
    /** The drive turned it read-only: it can be read but is never handed out again. */
    READ_ONLY,
    /** The drive turned it offline. */
    OFFLINE,
    /** A conventional zone; the allocator does not manage it. */
    CONVENTIONAL,
    /** It holds no whole frame, or is the last zone and shorter than the others; never used. */
    TOO_SHORT
  }
}

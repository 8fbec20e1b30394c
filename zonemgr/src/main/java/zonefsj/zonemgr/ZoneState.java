// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * One zone as the allocator sees it.
 *
 * @param zone index
 * @param use what may be done with it
 * @param stream what it serves; null for a free zone or one that nothing claimed yet
 * @param capacityBytes what can be written into it after a reset, in whole units of frames
 * @param writtenBytes bytes up to the write pointer, as far as the allocator knows
 */
public record ZoneState(
    int zone, Use use, @Nullable ZoneStream stream, long capacityBytes, long writtenBytes) {
  /** What may be done with a zone. */
  public enum Use {
    /** Empty, may be handed out. */
    FREE,
    /** A handle exists. */
    HANDLE,
    /** Partly written, without a handle; counts as active. */
    PARTIAL,
    /** Written, takes no more until it is reset; may hold an active slot still. */
    FILLED,
    /** A transition is under way. */
    CHANGING,
    /** The drive turned it read-only: it can be read and is never handed out again. */
    READ_ONLY,
    /** The drive turned it offline. */
    OFFLINE,
    /** A conventional zone: not the allocator's. */
    CONVENTIONAL
  }
}

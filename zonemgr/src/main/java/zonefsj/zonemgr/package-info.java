// SPDX-License-Identifier: Apache-2.0
/**
 * Who may write which zone, how many are active, and what every frame on the drive looks like.
 *
 * <p>Invariants: a zone has at most one {@link zonefsj.zonemgr.ZoneHandle} at any time; the number
 * of active zones never exceeds the drive's limit, because every zone becomes active through {@link
 * zonefsj.zonemgr.ZoneAllocator} alone; the shares of journal, checkpoint and collector are never
 * lent to file data.
 *
 * <p>Threading: all public types are thread-safe. A handle serializes the writes to its own zone (a
 * zone has one write pointer); no lock is shared between zones while the drive works.
 */
@NullMarked
package zonefsj.zonemgr;

import org.jspecify.annotations.NullMarked;

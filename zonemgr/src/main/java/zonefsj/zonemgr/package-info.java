// SPDX-License-Identifier: Apache-2.0
/**
 * Controls who may write which zone and how many zones are active, and defines the frame of
 * everything on the drive.
 *
 * <p>Invariants: a zone has at most one {@link zonefsj.zonemgr.ZoneHandle} at any time; the number
 * of active zones never exceeds the drive's limit, because every zone becomes active through {@link
 * zonefsj.zonemgr.ZoneAllocator} alone; file data leaves the shares of journal and checkpoint free,
 * and takes the collector's only if it was accepted and has no other place.
 *
 * <p>Threading: all public types are thread-safe. A handle serializes the writes to its own zone (a
 * zone has one write pointer); zones share no lock during device I/O.
 */
@NullMarked
package zonefsj.zonemgr;

import org.jspecify.annotations.NullMarked;

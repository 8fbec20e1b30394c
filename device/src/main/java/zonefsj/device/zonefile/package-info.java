// SPDX-License-Identifier: Apache-2.0
/**
 * Zones in a file, for image files and for layers: bytes at fixed positions and a table of states.
 *
 * <p>{@link zonefsj.device.zonefile.ZoneTable} is the table, {@link
 * zonefsj.device.zonefile.ZoneFileStorage} orders the writes of bytes, states and holes, {@code
 * BlocksAhead} fills holes ahead of small writes.
 *
 * <p>Invariants: bytes are in the file before the entry that covers them; a zone that was reset is
 * not written before its reset and the release of its old bytes are durable, so old bytes never
 * appear below a new write pointer.
 *
 * <p>Threading: as {@link zonefsj.device.software.ZoneStorage} demands.
 */
@NullMarked
package zonefsj.device.zonefile;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Drives for other programs: open a drive ({@link zonefsj.device.library.ZonedDevices}), select
 * zones ({@link zonefsj.device.library.ZoneQuery}), and use a zone as a channel or a stream ({@link
 * zonefsj.device.library.ZoneAppendChannel}, {@link zonefsj.device.library.ZoneReadChannel}), and
 * access it without waiting ({@link zonefsj.device.library.AsyncZonedDevice}). {@code LIBRARY.md}
 * at the root shows each in an example that runs as a test.
 *
 * <p>Purpose: code that nearly every program would otherwise write on top of {@link
 * zonefsj.device.ZonedDevice}. Nothing here owns a drive: the program that opened it closes it,
 * after its channels.
 *
 * <p>Invariants: no channel silently skips a byte, in writes or in reads; it pads only on request
 * or in {@code close()}, which documents it. After a failed write a channel writes no more, because
 * the write pointer is unknown.
 *
 * <p>Threading: everything here is safe for use by several threads. Calls block, as those of a
 * drive do; {@link zonefsj.device.library.AsyncZonedDevice} returns futures instead, on threads of
 * the caller. One writer for each zone, up to the drive's limit of open zones, is all the
 * parallelism that a drive has for writes. An interrupt does not end an access that has begun: half
 * a write would leave the write pointer unknown.
 */
@NullMarked
package zonefsj.device.library;

import org.jspecify.annotations.NullMarked;

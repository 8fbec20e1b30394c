// SPDX-License-Identifier: Apache-2.0
/**
 * Drives for other programs: how to open one ({@link zonefsj.device.library.ZonedDevices}), ask for
 * zones ({@link zonefsj.device.library.ZoneQuery}), and treat a zone as a channel or a stream
 * ({@link zonefsj.device.library.ZoneAppendChannel}, {@link
 * zonefsj.device.library.ZoneReadChannel}). {@code LIBRARY.md} at the root shows each in an example
 * that is run as a test.
 *
 * <p>Purpose: everything here could be written with {@link zonefsj.device.ZonedDevice} alone; it is
 * what nearly every program would write again. Nothing here owns a drive: whoever opened it closes
 * it, after its channels.
 *
 * <p>Invariants: no channel skips a byte in silence, neither when it writes nor when it reads; what
 * it pads is asked for, or said of {@code close()}. After a failed write a channel writes no more,
 * for nobody knows then where the write pointer is.
 *
 * <p>Threading: everything here is safe for use by several threads. Calls block, as those of a
 * drive do, and there are no variants with a {@link java.util.concurrent.CompletableFuture}: the
 * calls below are blocking system calls, so each future would be a thread that waits, and this
 * package would have to choose how many. The caller knows better: one zone takes one write at a
 * time, so a writer for each zone, up to the drive's limit of open zones, is all the parallelism
 * that a drive has for writes, and {@link java.util.concurrent.CompletableFuture#supplyAsync} on an
 * {@link java.util.concurrent.ExecutorService} of that size is exactly that, with cancellation and
 * errors as everywhere else. An interrupt does not end an access that has begun: half a write would
 * leave the write pointer unknown.
 */
@NullMarked
package zonefsj.device.library;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * The zones of a drive on a store of objects.
 *
 * <p>The bytes of a zone are parts of objects that never change. What belongs to a zone stands in a
 * log: its entries are the objects {@code log/1}, {@code log/2} and so on, and each flush adds one,
 * after the objects that it names. Bytes that are few stand in the entry itself, so that a small
 * flush is one request. From time to time all zones are written to a checkpoint, and the entries
 * before it are deleted.
 *
 * <p><b>One owner.</b> Who opens the drive to write adds an entry that says so. As a store accepts
 * one put of each name only, an owner whose place was taken finds its next number taken: it can
 * never add to the log again, wherever it was stopped before. The entry that stops an owner is
 * never deleted, unless that owner had closed the drive, or has ended for sure: it then adds
 * nothing. Objects are deleted only if a durable entry has given them up, so every later owner has
 * given them up, too.
 *
 * <p><b>What is not needed.</b> No correctness depends on listings, on clocks or on the order in
 * which a store carries out requests. Requests that take effect late add objects that no entry
 * names: they are deleted at the next open.
 *
 * <p>The idea of a log of conditional puts is that of Delta Lake (Armbrust et al., "Delta Lake:
 * High-Performance ACID Table Storage over Cloud Object Stores", VLDB 2020, section 3).
 *
 * <p>{@link zonefsj.stores.zones.StoreZonedDevice} is the drive; {@code StoreZones} is below the
 * state machine: {@code PartWriter} stores bytes of zones, {@code ZoneFlush} adds what has changed
 * to the log; {@code StoreLog} owns the log, {@code StoreOpening} reads it and claims the drive;
 * {@code StoreUpkeep} deletes and merges objects; {@code StoreFrame} and the records are the
 * format.
 *
 * <p>Invariants: an object is deleted only after a durable entry has given it up; entries by which
 * the drive was taken from an owner that may still run, and those that name a checkpoint, are never
 * deleted.
 *
 * <p>Threading: see {@link zonefsj.stores.zones.StoreZonedDevice}.
 */
@NullMarked
package zonefsj.stores.zones;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import zonefsj.device.emulated.EmulatedGeometry;

/**
 * All zones at one point of the log, and who owns the drive there. Takes some 60 bytes for each
 * zone, and for its pieces what {@link Pieces} says. Not thread-safe.
 */
final class ZoneTable {
  private final EmulatedGeometry geometry;
  private final ZoneRecord[] zones;

  /** Entries of owners that took the drive from one that may still run. */
  private final List<Long> fences;

  /** Entries of other owners since the newest checkpoint that was read. */
  private final List<Long> others;

  private Owner owner;
  private Checkpoint checkpoint = Checkpoint.NONE;
  private long pieces;
  private long number;
  private int crc;

  /** The table of a new drive. */
  ZoneTable(EmulatedGeometry geometry) {
    this.geometry = geometry;
    zones = new ZoneRecord[geometry.zoneCount()];
    for (int zone = 0; zone < zones.length; zone++) {
      zones[zone] = ZoneRecord.empty(zone);
    }
    fences = new ArrayList<>();
    others = new ArrayList<>();
    owner = Owner.NONE;
  }

  private ZoneTable(ZoneTable other) {
    geometry = other.geometry;
    zones = other.zones.clone();
    fences = new ArrayList<>(other.fences);
    others = new ArrayList<>(other.others);
    owner = other.owner;
    checkpoint = other.checkpoint;
    pieces = other.pieces;
    number = other.number;
    crc = other.crc;
  }

  /** The table of a checkpoint, before its zones are {@link #set}. */
  ZoneTable(EmulatedGeometry geometry, Checkpoint from) {
    this(geometry);
    number = from.entry();
    crc = from.entryCrc();
    owner = from.owner();
    checkpoint = from;
    fences.addAll(from.fences());
  }

  ZoneTable copy() {
    return new ZoneTable(this);
  }

  int zoneCount() {
    return zones.length;
  }

  ZoneRecord zone(int zone) {
    return zones[zone];
  }

  /** Number of pieces of all zones. */
  long pieceCount() {
    return pieces;
  }

  /**
   * Changes a zone.
   *
   * @throws StoreFormatException if it does not fit
   */
  private void change(ZoneRecord change) throws StoreFormatException {
    ZoneRecord before = zones[change.zone()];
    ZoneRecord after = before.apply(change, geometry);
    pieces += after.pieces().count() - before.pieces().count();
    zones[change.zone()] = after;
  }

  /** All zones that are not as in a new drive. */
  List<ZoneRecord> used() {
    return Arrays.stream(zones).filter(ZoneTable::isUsed).toList();
  }

  /** Number of the last entry that is in the table; 0 if there is none. */
  long number() {
    return number;
  }

  /** Checksum of that entry. */
  int crc() {
    return crc;
  }

  Owner owner() {
    return owner;
  }

  /** The newest checkpoint that the log names. */
  Checkpoint checkpoint() {
    return checkpoint;
  }

  /**
   * Numbers of the entries by which an owner took the drive from one that may still run: they stay,
   * because that one must find the next number taken.
   */
  List<Long> fences() {
    return fences;
  }

  /**
   * Whether an owner with this entry is known. Those before the newest checkpoint were forgotten,
   * unless they took the drive from one that may still run.
   */
  boolean knowsOwner(long epoch) {
    return epoch <= checkpoint.entry() || fences.contains(epoch) || others.contains(epoch);
  }

  /**
   * Sets a zone of a checkpoint.
   *
   * @throws StoreFormatException if it was set before, or cannot be so
   */
  void set(ZoneRecord whole) throws StoreFormatException {
    ZoneRecord before = zones[whole.zone()];
    if (isUsed(before) || !isUsed(whole)) {
      throw new StoreFormatException("a checkpoint has zone " + whole.zone() + " twice, or empty");
    }
    change(whole);
  }

  private static boolean isUsed(ZoneRecord zone) {
    return zone.finished() || zone.writtenBytes() != 0;
  }

  /**
   * Applies the next entry.
   *
   * @param entryCrc its checksum
   * @throws StoreFormatException if it is not the next one, or does not fit the zones
   */
  void apply(LogEntry entry, int entryCrc) throws StoreFormatException {
    if (entry.number() != number + 1 || entry.previousCrc() != crc) {
      throw new StoreFormatException(
          StoreLog.entryName(entry.number()) + " does not follow the entry before it");
    }
    Owner next = entry.owner();
    boolean takes = next != null && next.epoch() == entry.number();
    if (takes ? entry.epoch() != entry.number() : entry.epoch() != owner.epoch()) {
      throw new StoreFormatException(
          StoreLog.entryName(entry.number()) + " is of another owner, " + entry.epoch());
    }
    for (ZoneRecord change : entry.zones()) {
      change(change);
    }
    if (next != null) {
      owner = next;
    }
    Checkpoint named = entry.checkpoint();
    if (named != null && named.entry() > checkpoint.entry()) {
      checkpoint = named;
    }
    if (takes && next != null) {
      (next.fences() ? fences : others).add(entry.number());
    }
    number = entry.number();
    crc = entryCrc;
  }
}

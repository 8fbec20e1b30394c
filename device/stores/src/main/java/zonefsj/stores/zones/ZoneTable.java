// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All zones at one point of the log, and who owns the drive there. Takes some 60 bytes for each
 * zone and 100 for each piece. Not thread-safe.
 */
final class ZoneTable {
  private final ZoneRecord[] zones;
  private final List<Long> epochs;
  private Owner owner;
  private Checkpoint checkpoint = Checkpoint.NONE;
  private long number;
  private int crc;

  /** The table of a new drive. */
  ZoneTable(int zoneCount) {
    zones = new ZoneRecord[zoneCount];
    for (int zone = 0; zone < zoneCount; zone++) {
      zones[zone] = ZoneRecord.empty(zone);
    }
    epochs = new ArrayList<>();
    owner = Owner.NONE;
  }

  private ZoneTable(ZoneTable other) {
    zones = other.zones.clone();
    epochs = new ArrayList<>(other.epochs);
    owner = other.owner;
    checkpoint = other.checkpoint;
    number = other.number;
    crc = other.crc;
  }

  /** The table of a checkpoint, before its zones are {@link #set}. */
  ZoneTable(int zoneCount, Checkpoint from) {
    this(zoneCount);
    number = from.entry();
    crc = from.entryCrc();
    owner = from.owner();
    checkpoint = from;
    epochs.addAll(from.epochs());
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

  /** All zones that are not as in a new drive. */
  List<ZoneRecord> used() {
    return Arrays.stream(zones)
        .filter(zone -> zone.finished() || zone.writtenBytes() != 0)
        .toList();
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

  /** Numbers of all entries by which somebody became the owner. */
  List<Long> epochs() {
    return epochs;
  }

  void set(ZoneRecord whole) throws StoreFormatException {
    zones[index(whole)] = ZoneRecord.empty(whole.zone()).apply(whole);
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
      int zone = index(change);
      zones[zone] = zones[zone].apply(change);
    }
    if (next != null) {
      owner = next;
    }
    Checkpoint named = entry.checkpoint();
    if (named != null && named.entry() > checkpoint.entry()) {
      checkpoint = named;
    }
    if (takes) {
      epochs.add(entry.number());
    }
    number = entry.number();
    crc = entryCrc;
  }

  private int index(ZoneRecord record) throws StoreFormatException {
    if (record.zone() < 0 || record.zone() >= zones.length) {
      throw new StoreFormatException("the drive has no zone " + record.zone());
    }
    return record.zone();
  }
}

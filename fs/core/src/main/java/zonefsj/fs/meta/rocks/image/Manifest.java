// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A MANIFEST: edits that create column families and add and remove tables. The state after the last
 * edit is the database.
 */
final class Manifest {
  private final Set<String> expectedFamilies;

  /** The tables of each column family, by number. */
  private final Map<Integer, Map<Long, TableEntry>> families = new HashMap<>();

  private final Set<String> names = new HashSet<>();
  private int groupRest;
  private boolean hasLogNumber;
  private long nextFile = -1;
  private long mostNumber;
  private long lastSequence = -1;

  /**
   * Reads a MANIFEST.
   *
   * @param number in its name
   * @param expectedFamilies the required column families, apart from "default"
   */
  Manifest(byte[] file, long number, Collection<String> expectedFamilies)
      throws ImageDamagedException {
    this.expectedFamilies = Set.copyOf(expectedFamilies);
    this.mostNumber = number;
    families.put(0, new TreeMap<>());
    LogRecords records = new LogRecords(file);
    for (byte[] record = records.next(); record != null; record = records.next()) {
      apply(new VersionEdit(record));
    }
    require(groupRest == 0, "it ends in a group of edits");
    require(names.equals(this.expectedFamilies), "it has other column families than ours");
    require(hasLogNumber && lastSequence >= 0, "it lacks numbers");
    // Otherwise RocksDB would treat a log that it has just created as an old one.
    require(mostNumber < nextFile, "the next file's number is that of an older one");
    for (TableEntry table : tables()) {
      require(table.mostSequence() <= lastSequence, "a table is newer than it says");
    }
  }

  private static void require(boolean right, String wrong) throws ImageDamagedException {
    if (!right) {
      throw new ImageDamagedException(wrong);
    }
  }

  private void apply(VersionEdit edit) throws ImageDamagedException {
    checkGroup(edit);
    hasLogNumber |= edit.hasLogNumber();
    nextFile = edit.nextFile() >= 0 ? edit.nextFile() : nextFile;
    mostNumber = Math.max(mostNumber, edit.mostNumber());
    // RocksDB continues from the last value, even if it is less than an earlier one.
    lastSequence = edit.lastSequence() >= 0 ? edit.lastSequence() : lastSequence;
    String name = edit.addedFamily();
    boolean hasTables = !edit.added().isEmpty() || !edit.deleted().isEmpty();
    require(!hasTables || !edit.deletesLogs(), "it has an edit of tables and of logs");
    if (name != null) {
      boolean ours = expectedFamilies.contains(name) && names.add(name);
      boolean isNew = families.putIfAbsent(edit.family(), new TreeMap<>()) == null;
      require(ours && isNew, "it makes a column family that we do not have");
      require(
          !hasTables && !edit.deletesLogs() && edit.groupRest() < 0,
          "it makes a column family with tables");
    }
    Map<Long, TableEntry> tables = families.get(edit.family());
    if (tables == null) {
      throw new ImageDamagedException("it changes a column family that is not there");
    }
    for (VersionEdit.DeletedFile file : edit.deleted()) {
      TableEntry gone = tables.remove(file.number());
      require(gone != null && gone.level() == file.level(), "it removes a table that is not there");
    }
    for (TableEntry table : edit.added()) {
      require(tables.put(table.number(), table) == null, "it adds a table twice");
    }
  }

  private void checkGroup(VersionEdit edit) throws ImageDamagedException {
    int rest = Math.max(0, edit.groupRest());
    require(
        groupRest == 0 || (edit.groupRest() >= 0 && rest == groupRest - 1),
        "it has a group of edits that is not whole");
    groupRest = rest;
  }

  /** All tables; no two have the same number or the same keys in RocksDB's cache. */
  List<TableEntry> tables() throws ImageDamagedException {
    Set<Long> numbers = new HashSet<>();
    Set<Long> cacheKeys = new HashSet<>();
    List<TableEntry> all = new ArrayList<>();
    for (Map<Long, TableEntry> family : families.values()) {
      for (TableEntry table : family.values()) {
        require(numbers.add(table.number()), "two column families have one table");
        require(cacheKeys.add(table.cacheKey()), "two tables have one identity");
        all.add(table);
      }
    }
    return all;
  }
}

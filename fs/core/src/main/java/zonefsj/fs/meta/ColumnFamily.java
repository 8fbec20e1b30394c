// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

/**
 * The column families. The number is on the drive (in journal records): never change a number, only
 * add new ones. FORMAT.md describes keys and values. Keys sort as unsigned bytes.
 */
public enum ColumnFamily {
  /** Counters and properties of the whole filesystem; key: a short ASCII name. */
  META(0),
  /** Inodes; key: inode number, 8 bytes big-endian. */
  INODES(1),
  /** Directory entries; key: parent inode, cookie. */
  ENTRIES(2),
  /** Extents of files; key: inode, end offset in the file. */
  EXTENTS(3),
  /** Extended attributes; key: inode, name. */
  XATTRS(4),
  /** Names of an inode; key: inode, parent inode, cookie. */
  PARENTS(5),
  /** Live bytes of each zone; key: zone number, 4 bytes big-endian. */
  ZONES(6),
  /** Inodes without a name that wait for their deletion; key: inode. */
  ORPHANS(7),
  /**
   * Extents whose bytes came with their journal record and wait to be moved to a zone; key as in
   * {@link #EXTENTS}, no value.
   */
  STAGED(8);

  private static final ColumnFamily[] ALL = values();

  private final int number;

  ColumnFamily(int number) {
    this.number = number;
  }

  /** The number on the drive. */
  public int number() {
    return number;
  }

  /** The column family with a number that was read from the drive. */
  public static ColumnFamily of(int number) throws java.io.IOException {
    if (number < 0 || number >= ALL.length) {
      throw new java.io.IOException("unknown metadata family " + number);
    }
    return ALL[number];
  }
}

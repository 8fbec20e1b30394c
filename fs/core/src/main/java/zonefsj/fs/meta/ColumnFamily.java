// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

/**
 * The families of keys. The number is on the drive (in journal records): never change one, only
 * add. FORMAT.md has keys and values. Keys sort as unsigned bytes.
 */
public enum ColumnFamily {
  /** Counters and facts of the whole filesystem; key: a short ASCII name. */
  META(0),
  /** Inodes; key: inode number, 8 bytes big-endian. */
  INODES(1),
  /** Directory entries; key: parent inode, cookie. */
  ENTRIES(2),
  /** Extents of files; key: inode, end offset in the file. */
  EXTENTS(3),
  /** Extended attributes; key: inode, name. */
  XATTRS(4),
  /** Where an inode's names are; key: inode, parent inode, cookie. */
  PARENTS(5),
  /** Live bytes of each zone; key: zone number, 4 bytes big-endian. */
  ZONES(6),
  /** Inodes without a name that wait for their end; key: inode. */
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

  /** The family of a number, as read from the drive. */
  public static ColumnFamily of(int number) throws java.io.IOException {
    if (number < 0 || number >= ALL.length) {
      throw new java.io.IOException("unknown metadata family " + number);
    }
    return ALL[number];
  }
}

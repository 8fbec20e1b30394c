// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;

/** Drops keys with an impossible length or inode number, and counts the others. */
final class KeyRepair {
  private final RepairChanges changes;

  KeyRepair(RepairChanges changes) {
    this.changes = changes;
  }

  void repair() throws IOException {
    for (ColumnFamily family : ColumnFamily.values()) {
      List<byte[]> bad = new ArrayList<>();
      long[] keys = {0};
      changes
          .index()
          .scan(
              family,
              new byte[0],
              null,
              (key, value) -> {
                keys[0]++;
                if (!isPossible(family, key)) {
                  bad.add(key);
                }
                return true;
              });
      changes.counted(family, keys[0] - bad.size());
      for (byte[] key : bad) {
        changes.delete(family, key);
        changes.note("dropped keys of the index that cannot be");
      }
    }
    changes.apply();
  }

  private static boolean isPossible(ColumnFamily family, byte[] key) throws IOException {
    if (!Keys.hasRightLength(family, key)) {
      return false;
    }
    boolean beginsWithInode = family != ColumnFamily.META && family != ColumnFamily.ZONES;
    long inode = beginsWithInode ? Keys.leadingInode(key) : 1;
    return inode > 0 && inode < Keys.INODE_LIMIT;
  }
}

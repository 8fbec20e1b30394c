// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;

/** An inode of {@link NullFileSystem}. Thread-safe. */
final class NullNode {
  /**
   * What a directory holds.
   *
   * @param byName inodes by name, one char a byte
   * @param names names by inode number, which is the cookie of a listing
   */
  record Entries(
      ConcurrentMap<String, NullNode> byName, ConcurrentNavigableMap<Long, String> names) {}

  final long inode;
  final AtomicLong sizeBytes = new AtomicLong();

  /** References of the transport. */
  final AtomicLong references = new AtomicLong();

  /** Its name and its open handles. */
  final AtomicInteger holders = new AtomicInteger(1);

  /** Null for a file. */
  final @Nullable Entries entries;

  volatile int mode;
  volatile int uid;
  volatile int gid;
  volatile boolean named = true;

  NullNode(long inode, int mode, int uid, int gid) {
    this.inode = inode;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.entries =
        FileMode.isDirectory(mode)
            ? new Entries(new ConcurrentHashMap<>(), new ConcurrentSkipListMap<>())
            : null;
  }

  /** A write ends here. */
  void grow(long endBytes) {
    if (sizeBytes.get() < endBytes) {
      sizeBytes.accumulateAndGet(endBytes, Math::max);
    }
  }
}

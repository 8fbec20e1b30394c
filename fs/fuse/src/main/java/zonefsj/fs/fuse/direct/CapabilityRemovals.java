// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files of which processes have just removed the capabilities. Before a write, the kernel
 * removes the capabilities of the file (REMOVEXATTR), also for root, and then sends a SETATTR
 * without any change (notify_change of ATTR_KILL_PRIV). A chown(2) that leaves owner and group as
 * they are sends the same SETATTR, and clears set-ID bits. The REMOVEXATTR before it tells the two
 * apart, except for a chown(2) of a file with capabilities.
 *
 * <p>A process waits for each of its requests, so it has at most one entry. Thread-safe.
 */
final class CapabilityRemovals {
  /** Processes that only remove capabilities leave an entry. */
  private static final int MAX_ENTRIES = 1024;

  private final Map<Integer, Long> inodes = new ConcurrentHashMap<>();

  /** A process has removed the capabilities of a file. */
  void add(int pid, long inode) {
    if (inodes.size() >= MAX_ENTRIES) {
      inodes.clear();
    }
    inodes.put(pid, inode);
  }

  /** Whether the last removal of a process was that of this file; forgets it. */
  boolean take(int pid, long inode) {
    Long removed = inodes.remove(pid);
    return removed != null && removed == inode;
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that lost data after these were accepted and before they were durable, although the commit
 * succeeded: their zone went offline in between. Each handle that was open before anybody was told
 * gets one error, as from the writeback of a filesystem in Linux.
 *
 * <p>Thread-safe. Takes about 200 bytes for each file, of the newest {@value #MOST_FILES}. Once
 * there were more, each handle of any other file may be one that lost data, and gets its error.
 */
public final class LostWrites {
  static final int MOST_FILES = 20_000;

  private static final Logger LOG = LoggerFactory.getLogger(LostWrites.class);

  /** What the handles of a file know of its loss. */
  private static final class Loss {
    /** Handles that were told; no more than were open then. */
    final Set<Long> told = new HashSet<>(2);

    /** Handles above this number were opened after somebody was told. */
    long lastHandle = Long.MAX_VALUE;
  }

  /** Of the files that are not listed any more; null if there are none. */
  private @Nullable Loss others;

  private final Map<Long, Loss> losses = new LinkedHashMap<>();

  /** Creates an empty list. */
  public LostWrites() {}

  /** Notes files whose newest data are lost. */
  public synchronized void lost(Set<Long> inodes) {
    for (long inode : inodes) {
      LOG.error("inode {} lost data that were not durable yet: their zone is offline", inode);
      losses.remove(inode);
      losses.put(inode, new Loss());
    }
    while (losses.size() > MOST_FILES) {
      losses.remove(losses.keySet().iterator().next());
      others = new Loss();
    }
  }

  /**
   * Whether a handle must be told that its file lost data; it is told only once.
   *
   * @param newestHandle the greatest number of a handle so far; numbers grow
   */
  public synchronized boolean tell(long inode, long handle, LongSupplier newestHandle) {
    Loss loss = losses.getOrDefault(inode, others);
    if (loss == null || handle > loss.lastHandle || !loss.told.add(handle)) {
      return false;
    }
    if (loss.lastHandle == Long.MAX_VALUE) {
      loss.lastHandle = newestHandle.getAsLong();
    }
    return true;
  }
}

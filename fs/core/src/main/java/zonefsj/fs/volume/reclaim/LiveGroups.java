// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;

/**
 * Gathers live extents of many pieces into groups that are processed at once. Small extents thus
 * share reads and chunks, and no group takes more than a few MiB of memory, however small its
 * extents are. Single-threaded; {@link #end} passes on the rest.
 */
public final class LiveGroups implements LiveExtents.Groups {
  private static final int MAX_BYTES = 4 << 20;

  /**
   * About 500 bytes each while they are moved. Fewer would make chunks that are mostly rounding.
   */
  private static final int MAX_EXTENTS = 4096;

  private final LiveExtents.Groups taker;
  private List<Live> group = new ArrayList<>();
  private long bytes;

  public LiveGroups(LiveExtents.Groups taker) {
    this.taker = taker;
  }

  @Override
  public boolean take(List<Live> more) throws IOException {
    for (Live one : more) {
      group.add(one);
      bytes += one.extent().length();
      boolean full = bytes >= MAX_BYTES || group.size() >= MAX_EXTENTS;
      if (full && !end()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Passes on the current group.
   *
   * @return whether the taker would go on
   */
  public boolean end() throws IOException {
    if (group.isEmpty()) {
      return true;
    }
    List<Live> full = group;
    group = new ArrayList<>();
    bytes = 0;
    return taker.take(full);
  }
}

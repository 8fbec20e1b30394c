// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The open files that have lost their name.
 *
 * <p>When the name of an open file is removed, libfuse does not call unlink. It calls rename from
 * this name to {@code .fuse_hiddenXXXXXXXXYYYYYYYY} (X: its number of the node, Y: a counter), so
 * that it has a path for fstat, fchmod and the like, and unlinks the new name at the last close. A
 * real rename would be visible to all users, would prevent the removal of the directory, would
 * survive a crash, and would split "rename over an open file" into two steps. The invented name is
 * therefore not created at all: the file is unlinked at once (a rename replaces it at once), open
 * handles keep its inode alive, and this table answers for the invented name.
 *
 * <p>Thread-safe.
 */
final class HiddenNodes {
  private static final byte[] PREFIX = ".fuse_hidden".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGITS = 8;

  private final ConcurrentMap<Long, Hidden> nodes = new ConcurrentHashMap<>();

  /**
   * A node with an invented name.
   *
   * @param inode of the filesystem
   * @param countedByLibrary libfuse still counts the invented name as a link, and subtracts it
   */
  private record Hidden(long inode, boolean countedByLibrary) {}

  /** Whether a name has the form that libfuse invents. */
  static boolean isInvented(byte[] name) {
    if (name.length != PREFIX.length + 2 * DIGITS) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      boolean fits = i < PREFIX.length ? name[i] == PREFIX[i] : Character.digit(name[i], 16) >= 0;
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /** Assigns the inode to the node of this invented name. */
  void add(byte[] inventedName, long inode) {
    String digits = new String(inventedName, PREFIX.length, DIGITS, StandardCharsets.US_ASCII);
    nodes.put(Long.parseLong(digits, 16), new Hidden(inode, true));
  }

  /** The inode of a node with an invented name; null for any other node. */
  @Nullable Long inodeOf(long node) {
    Hidden hidden = nodes.isEmpty() ? null : nodes.get(node);
    return hidden == null ? null : Long.valueOf(hidden.inode());
  }

  /** Number of links that libfuse will subtract from the result of getattr for this node. */
  int linksToAdd(long node) {
    Hidden hidden = nodes.isEmpty() ? null : nodes.get(node);
    return hidden != null && hidden.countedByLibrary() ? 1 : 0;
  }

  /** Records that libfuse drops the invented name at the last close. */
  void closed(long node) {
    nodes.computeIfPresent(node, (key, hidden) -> new Hidden(hidden.inode(), false));
  }

  /** Removes a node that the kernel has forgotten, because its number may be reused. */
  void forgotten(long node) {
    if (!nodes.isEmpty()) {
      nodes.remove(node);
    }
  }
}

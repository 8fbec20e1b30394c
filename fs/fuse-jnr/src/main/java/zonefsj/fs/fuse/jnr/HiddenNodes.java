// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The open files that have lost their name.
 *
 * <p>When a name goes whose file is open, libfuse does not call unlink: it asks to rename the file
 * to {@code .fuse_hiddenXXXXXXXXYYYYYYYY} (X: its number of the node, Y: a counter), so that it has
 * a path for fstat, fchmod and the like, and unlinks that at the last close. A real rename would be
 * seen by everybody, would keep the directory from being removed, would survive a crash, and would
 * make "rename over an open file" two steps. So the name is not made at all: the file is unlinked
 * at once (a rename replaces it at once), open handles keep its inode alive, and this table answers
 * for the invented name.
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
   * @param countedByLibrary libfuse still takes the invented name for a link, and subtracts it
   */
  private record Hidden(long inode, boolean countedByLibrary) {}

  /** Whether this is a name as libfuse invents them. */
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

  /** From now on the node of this invented name stands for the inode. */
  void add(byte[] inventedName, long inode) {
    String digits = new String(inventedName, PREFIX.length, DIGITS, StandardCharsets.US_ASCII);
    nodes.put(Long.parseLong(digits, 16), new Hidden(inode, true));
  }

  /** The inode of a node that has an invented name; null of any other node. */
  @Nullable Long inodeOf(long node) {
    Hidden hidden = nodes.isEmpty() ? null : nodes.get(node);
    return hidden == null ? null : Long.valueOf(hidden.inode());
  }

  /** Links that libfuse will subtract from what getattr answers for this node. */
  int linksToAdd(long node) {
    Hidden hidden = nodes.isEmpty() ? null : nodes.get(node);
    return hidden != null && hidden.countedByLibrary() ? 1 : 0;
  }

  /** libfuse gives up the invented name at the last close. */
  void closed(long node) {
    nodes.computeIfPresent(node, (key, hidden) -> new Hidden(hidden.inode(), false));
  }

  /** The kernel has forgotten the node: its number may be used again. */
  void forgotten(long node) {
    if (!nodes.isEmpty()) {
      nodes.remove(node);
    }
  }
}

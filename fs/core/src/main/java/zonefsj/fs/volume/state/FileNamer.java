// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.LoopDetector;

/**
 * Finds a path of an inode by its parent links, for messages. Costs a scan and a lookup for each
 * level, at most about 2048 of each: a path longer than PATH_MAX is cut at its front.
 */
public final class FileNamer {
  /** PATH_MAX. */
  private static final int MAX_PATH_CHARS = 4096;

  private final MetadataReader view;

  /** Names the files of one index. */
  public FileNamer(MetadataReader view) {
    this.view = view;
  }

  /** One of the inode's paths from the filesystem's root directory, or a text that it has none. */
  public String describe(long inode) {
    try {
      String path = path(inode);
      return path == null ? "inode " + inode + " (no name)" : "file " + path;
    } catch (IOException unreadable) {
      return "inode " + inode + " (its name cannot be read: " + unreadable.getMessage() + ")";
    }
  }

  private @Nullable String path(long inode) throws IOException {
    StringBuilder path = new StringBuilder();
    LoopDetector way = new LoopDetector(inode);
    long at = inode;
    while (at != ZoneFileSystem.ROOT_INODE) {
      if (path.length() > MAX_PATH_CHARS) {
        return "..." + path;
      }
      byte[][] link = {null};
      view.scan(
          ColumnFamily.PARENTS,
          Keys.inode(at),
          Keys.inode(at + 1),
          (key, value) -> {
            link[0] = key;
            return false;
          });
      if (link[0] == null) {
        return null;
      }
      long parent = Keys.parentOf(link[0]);
      byte[] value = view.get(ColumnFamily.ENTRIES, Keys.entry(parent, Keys.parentCookie(link[0])));
      EntryRecord entry = value == null ? null : EntryRecord.decode(value);
      if (entry == null) {
        return null;
      }
      path.insert(0, "/" + PrintableName.of(entry.name()));
      at = parent;
      if (way.isLoop(at)) {
        return "..." + path;
      }
    }
    return path.length() == 0 ? "/" : path.toString();
  }
}

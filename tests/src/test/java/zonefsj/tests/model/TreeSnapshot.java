// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;

/**
 * A whole tree in words: one line for each path, with attributes, extended attributes and a
 * checksum of the content. Inode numbers are replaced by the first path that has them, so hard
 * links must match too.
 */
public final class TreeSnapshot {
  /** Files are compared up to here; holes beyond it are trusted to the size. */
  private static final int MOST_CONTENT_BYTES = 16 << 20;

  private static final int BUFFER_BYTES = 1 << 16;

  private final ZoneFileSystem fileSystem;
  private final SortedMap<String, String> lines = new TreeMap<>();
  private final Map<Long, String> firstPath = new HashMap<>();

  private TreeSnapshot(ZoneFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /** The tree by path. */
  public static SortedMap<String, String> of(ZoneFileSystem fileSystem)
      throws ErrnoException, IOException {
    TreeSnapshot snapshot = new TreeSnapshot(fileSystem);
    snapshot.visit("/", fileSystem.attributes(ZoneFileSystem.ROOT_INODE));
    return snapshot.lines;
  }

  private void visit(String path, Attributes attributes) throws ErrnoException, IOException {
    String same = firstPath.putIfAbsent(attributes.inode(), path);
    if (same != null) {
      lines.put(path, "same as " + same);
      return;
    }
    // Before the content: reading it may change the access time.
    String line = Outcome.of(attributes) + xattrs(attributes.inode());
    if (attributes.isRegular()) {
      line += " content=" + content(attributes);
    } else if (FileMode.isSymlink(attributes.mode())) {
      line += " target=" + ReferenceNode.key(fileSystem.readLink(attributes.inode()));
    }
    lines.put(path, line);
    if (attributes.isDirectory()) {
      for (String name :
          ModelWorld.list(fileSystem, attributes.inode()).stream().sorted().toList()) {
        Attributes child = fileSystem.lookup(attributes.inode(), ReferenceNode.bytes(name));
        visit(path.equals("/") ? path + name : path + "/" + name, child);
      }
    }
  }

  private String xattrs(long inode) throws ErrnoException, IOException {
    SortedMap<String, String> all = new TreeMap<>();
    for (byte[] name : fileSystem.listXattrs(Caller.ROOT, inode)) {
      all.put(ReferenceNode.key(name), Outcome.crc(fileSystem.getXattr(inode, name)));
    }
    return all.isEmpty() ? "" : " xattrs=" + all;
  }

  private String content(Attributes attributes) throws ErrnoException, IOException {
    long handle = fileSystem.open(Caller.ROOT, attributes.inode(), OpenFlags.READ);
    try {
      CRC32C crc = new CRC32C();
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      long position = 0;
      while (position < MOST_CONTENT_BYTES) {
        int count = fileSystem.read(handle, position, buffer.clear());
        if (count == 0) {
          break;
        }
        crc.update(buffer.flip());
        position += count;
      }
      return position + ":" + Long.toHexString(crc.getValue());
    } finally {
      fileSystem.release(handle);
    }
  }
}

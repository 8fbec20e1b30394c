// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/** One of the two filesystems that a sequence is played on, and the handles opened there. */
final class ModelWorld {
  static final int SLOTS = 4;

  private final ModelSubject subject;
  private final @Nullable Long[] slots = new Long[SLOTS];
  private final @Nullable Long[] kept = new Long[SLOTS];
  private Map<List<String>, Place> frozen = Map.of();

  ModelWorld(ModelSubject subject) {
    this.subject = subject;
  }

  ZoneFileSystem fileSystem() {
    return subject.fileSystem();
  }

  /** An operation has ended. */
  void settle() {
    subject.settle();
  }

  /**
   * From now on these paths lead where they lead now, whatever happens to the names: operations
   * that run side by side begin at inodes, as the kernel does after it has walked a path.
   */
  void freeze(Collection<List<String>> paths) throws IOException {
    Map<List<String>, Place> places = new HashMap<>();
    for (List<String> path : paths) {
      places.put(path, place(path));
    }
    frozen = places;
  }

  /** Paths are walked again. */
  void thaw() {
    frozen = Map.of();
  }

  private Place place(List<String> path) throws IOException {
    try {
      return new Place(walk(path), null);
    } catch (ErrnoException refused) {
      return new Place(0, refused.errno());
    }
  }

  /** Where a path leads, or why nowhere. */
  private record Place(long inode, @Nullable Errno refused) {}

  /** The inode at a path of names; the empty path is the root. */
  long resolve(List<String> path) throws ErrnoException, IOException {
    Place place = frozen.get(path);
    if (place == null) {
      return walk(path);
    }
    if (place.refused() != null) {
      throw new ErrnoException(place.refused(), "when the paths were walked");
    }
    return place.inode();
  }

  private long walk(List<String> path) throws ErrnoException, IOException {
    long inode = ZoneFileSystem.ROOT_INODE;
    for (String name : path) {
      inode = fileSystem().lookup(inode, ReferenceNode.bytes(name)).inode();
    }
    return inode;
  }

  long resolveParent(List<String> path) throws ErrnoException, IOException {
    return resolve(path.subList(0, path.size() - 1));
  }

  static byte[] lastName(List<String> path) {
    return ReferenceNode.bytes(path.get(path.size() - 1));
  }

  /** Whether there is a handle in a slot. */
  boolean hasHandle(int slot) {
    return slots[slot] != null;
  }

  /** Whether a slot keeps an inode. */
  boolean keeps(int slot) {
    return kept[slot] != null;
  }

  /** The handle in a slot. */
  long handle(int slot) throws ErrnoException {
    Long handle = slots[slot];
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "empty slot");
    }
    return handle;
  }

  /** Puts a handle into a slot; what was there is closed. */
  void put(int slot, long handle) throws ErrnoException, IOException {
    Long old = slots[slot];
    slots[slot] = handle;
    if (old != null) {
      fileSystem().release(old);
    }
  }

  void release(int slot) throws ErrnoException, IOException {
    long handle = handle(slot);
    slots[slot] = null;
    fileSystem().release(handle);
  }

  /** The inode that a slot keeps. */
  long kept(int slot) throws ErrnoException {
    Long inode = kept[slot];
    if (inode == null) {
      throw new ErrnoException(Errno.EBADF, "nothing is kept");
    }
    return inode;
  }

  /** Keeps an inode by reference; what the slot kept before is forgotten. */
  void keep(int slot, long inode) throws ErrnoException, IOException {
    Long old = kept[slot];
    fileSystem().retain(inode);
    kept[slot] = inode;
    if (old != null) {
      fileSystem().forget(old, 1);
    }
  }

  void forget(int slot) throws ErrnoException, IOException {
    long inode = kept(slot);
    kept[slot] = null;
    fileSystem().forget(inode, 1);
  }

  void forgetAll() throws ErrnoException, IOException {
    Arrays.fill(kept, null);
    fileSystem().forgetAll();
  }

  /** The attributes of what is open, by slot. */
  SortedMap<String, String> openFiles() throws ErrnoException, IOException {
    SortedMap<String, String> lines = new TreeMap<>();
    for (int slot = 0; slot < SLOTS; slot++) {
      if (hasHandle(slot)) {
        long inode = fileSystem().inodeOf(handle(slot));
        lines.put("slot " + slot, Outcome.of(fileSystem().attributes(inode)));
      }
    }
    settle();
    return lines;
  }

  void remount() throws Exception {
    Arrays.fill(kept, null);
    for (int slot = 0; slot < SLOTS; slot++) {
      if (slots[slot] != null) {
        release(slot);
      }
    }
    subject.remount();
  }

  /** All entries of a directory but the first two, fetched a few at a time. */
  static List<String> list(ZoneFileSystem fileSystem, long inode)
      throws ErrnoException, IOException {
    List<String> names = new ArrayList<>();
    long handle = fileSystem.openDirectory(inode);
    try {
      long[] cookie = {0};
      int[] taken = {0};
      do {
        taken[0] = 0;
        fileSystem.readDirectory(
            handle,
            cookie[0],
            (name, child, mode, nextCookie) -> {
              if (taken[0] == 3) {
                return false;
              }
              taken[0]++;
              cookie[0] = nextCookie;
              names.add(ReferenceNode.key(name));
              return true;
            });
      } while (taken[0] > 0);
    } finally {
      fileSystem.releaseDirectory(handle);
    }
    if (names.size() < 2 || !names.get(0).equals(".") || !names.get(1).equals("..")) {
      throw new IllegalStateException("a listing must begin with . and ..: " + names);
    }
    return new ArrayList<>(names.subList(2, names.size()));
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.ZoneFileSystem;

/** An inode of the reference. Guarded by the lock of its filesystem. */
final class ReferenceNode {
  private static final int GROUP_EXECUTE = 010;

  final long inode;
  int mode;
  int links;
  int uid;
  int gid;
  final long device;
  Instant accessTime;
  Instant modifyTime;
  Instant changeTime;
  private final Instant birthTime;

  int openHandles;

  /** Whether it was made without a name, and has not been given one. */
  boolean neverNamed;

  long references;
  final Content content = new Content();
  byte[] target = new byte[0];
  final Map<String, byte[]> xattrs = new LinkedHashMap<>();

  /** Of a directory: the one above; itself for the root. */
  long parent;

  /** Of a directory: entries by cookie; a cookie is never used again. */
  final TreeMap<Long, Entry> entries = new TreeMap<>();

  private final Map<String, Long> cookies = new LinkedHashMap<>();
  private long nextCookie = 3; // 1 is ".", 2 is ".."

  /** A directory entry. */
  record Entry(String name, long inode) {}

  ReferenceNode(long inode, int mode, int uid, int gid, long device, Instant now) {
    this.inode = inode;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.device = device;
    accessTime = now;
    modifyTime = now;
    changeTime = now;
    birthTime = now;
  }

  /** Names are bytes; as map keys they are strings with one character per byte. */
  static String key(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether nothing keeps it: no name, no handle, no reference. */
  boolean isDead() {
    return links == 0 && openHandles == 0 && references <= 0;
  }

  boolean isDirectory() {
    return FileMode.isDirectory(mode);
  }

  boolean isRegular() {
    return FileMode.isRegular(mode);
  }

  Attributes attributes() {
    long size =
        switch (FileMode.type(mode)) {
          case FileMode.REGULAR -> content.size();
          case FileMode.SYMLINK -> target.length;
          default -> 0;
        };
    return new Attributes(
        inode,
        1,
        mode,
        links,
        uid,
        gid,
        device,
        size,
        content.allocated(),
        accessTime,
        modifyTime,
        changeTime,
        birthTime);
  }

  /** The inode of a name; null when there is none. */
  @org.jspecify.annotations.Nullable
  Long find(String name) {
    Long cookie = cookies.get(name);
    Entry entry = cookie == null ? null : entries.get(cookie);
    return entry == null ? null : entry.inode();
  }

  void add(String name, long child) {
    long cookie = nextCookie++;
    cookies.put(name, cookie);
    entries.put(cookie, new Entry(name, child));
  }

  void remove(String name) {
    Long cookie = cookies.remove(name);
    if (cookie != null) {
      entries.remove(cookie);
    }
  }

  /** Whether it can be given a length. */
  void checkResize(long size) throws ErrnoException {
    if (isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "truncate");
    }
    if (!isRegular() || size < 0) {
      throw new ErrnoException(Errno.EINVAL, "truncate");
    }
    if (size > ZoneFileSystem.MAX_FILE_BYTES) {
      throw new ErrnoException(Errno.EFBIG, "truncate");
    }
  }

  /** The content or the list of names has changed. */
  void modified(Instant now) {
    modifyTime = now;
    changeTime = now;
  }

  /** relatime: only when the access time is not newer than the last change, or a day old. */
  void accessed(Instant now) {
    if (accessTime.compareTo(modifyTime) <= 0
        || accessTime.compareTo(changeTime) <= 0
        || accessTime.plus(Duration.ofDays(1)).compareTo(now) <= 0) {
      accessTime = now;
    }
  }

  /**
   * What Linux does to a file of any kind that is chowned, or changed by a caller who is not root:
   * the set-group-ID bit goes if the group executes, or if the caller is not in it.
   */
  void dropSetIds(Caller caller) {
    if (isDirectory()) {
      return;
    }
    mode &= ~FileMode.SET_UID;
    if ((mode & GROUP_EXECUTE) != 0 || (!caller.keepsSetIds() && !caller.isInGroup(gid))) {
      mode &= ~FileMode.SET_GID;
    }
  }
}

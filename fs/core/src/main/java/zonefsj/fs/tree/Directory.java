// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;

/**
 * Directory entries by hash. The key of an entry is its cookie: 55 bits of a hash of the name,
 * seeded with the filesystem's UUID, and 8 bits that distinguish names with the same hash. A cookie
 * therefore never changes when other entries are added or removed, and a lookup costs one get.
 * Names with the same hash take slots from 0 on without a free one between them: a removed entry
 * that another follows leaves a gap.
 *
 * <p>An entry takes 26 bytes and the name, its parent link 24 bytes. Threading: as the view that it
 * reads; writers hold the directory's lock.
 */
public final class Directory {
  /** Lower cookies belong to "." and "..". */
  public static final long FIRST_COOKIE = 256;

  private static final int SLOTS = 256;

  /** Takes 8 KiB. */
  private static final int COUNTERS = 1024;

  private final long seed;
  private final AtomicLongArray additions = new AtomicLongArray(COUNTERS);

  /**
   * @param filesystem seeds the hash
   */
  public Directory(UUID filesystem) {
    this.seed = filesystem.getMostSignificantBits() ^ filesystem.getLeastSignificantBits();
  }

  /** Whether a name is "." or "..". */
  public static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  /**
   * A directory entry and its cookie.
   *
   * @param cookie its place in the listing
   * @param entry its record
   */
  public record FoundEntry(long cookie, EntryRecord entry) {}

  /** Finds a name; null if it does not exist. */
  public @Nullable FoundEntry find(MetadataReader view, long parent, byte[] name)
      throws IOException {
    long first = firstCookie(name);
    for (int slot = 0; slot < SLOTS; slot++) {
      byte[] value = view.get(ColumnFamily.ENTRIES, Keys.entry(parent, first + slot));
      if (value == null) {
        return null;
      }
      EntryRecord entry = EntryRecord.decode(value);
      if (entry != null && Arrays.equals(entry.name(), name)) {
        return new FoundEntry(first + slot, entry);
      }
    }
    return null;
  }

  /** Adds a name that does not exist, with its parent link, at a {@link #freeCookie}. */
  public void add(Batch batch, long parent, long cookie, EntryRecord entry) {
    batch.put(ColumnFamily.ENTRIES, Keys.entry(parent, cookie), entry.encode());
    batch.put(ColumnFamily.PARENTS, Keys.parent(entry.inode(), parent, cookie), EntryRecord.GAP);
    additions.incrementAndGet(counterOf(parent));
  }

  /**
   * A number that changes with each name that is added to a directory, and to some others. While a
   * thread holds the directory's lock, no addition is half done.
   */
  public long additions(long parent) {
    return additions.get(counterOf(parent));
  }

  private static int counterOf(long parent) {
    return (int) (parent & (COUNTERS - 1));
  }

  /**
   * The cookie at which a new name can be added.
   *
   * @throws ErrnoException ENOSPC if the largest possible number of names have the same hash
   */
  public long freeCookie(MetadataReader view, long parent, byte[] name)
      throws IOException, ErrnoException {
    long first = firstCookie(name);
    for (int slot = 0; slot < SLOTS; slot++) {
      byte[] value = view.get(ColumnFamily.ENTRIES, Keys.entry(parent, first + slot));
      if (value == null || value.length == 0) {
        return first + slot;
      }
    }
    throw new ErrnoException(Errno.ENOSPC, SLOTS + " names with one hash in directory " + parent);
  }

  /** Makes a name refer to another inode. */
  public void replace(Batch batch, long parent, FoundEntry old, EntryRecord entry) {
    batch.delete(ColumnFamily.PARENTS, Keys.parent(old.entry().inode(), parent, old.cookie()));
    batch.put(ColumnFamily.ENTRIES, Keys.entry(parent, old.cookie()), entry.encode());
    batch.put(
        ColumnFamily.PARENTS, Keys.parent(entry.inode(), parent, old.cookie()), EntryRecord.GAP);
  }

  /** Whether another entry with the same hash, or a gap, follows an entry. */
  public boolean isFollowed(MetadataReader view, long parent, FoundEntry found) throws IOException {
    long cookie = found.cookie();
    boolean lastSlot = (cookie & (SLOTS - 1)) == SLOTS - 1;
    return !lastSlot && view.get(ColumnFamily.ENTRIES, Keys.entry(parent, cookie + 1)) != null;
  }

  /**
   * Removes an entry, with its parent link.
   *
   * @param followed the result of {@link #isFollowed}
   */
  public void remove(Batch batch, long parent, FoundEntry found, boolean followed) {
    long cookie = found.cookie();
    batch.delete(ColumnFamily.PARENTS, Keys.parent(found.entry().inode(), parent, cookie));
    if (followed) {
      batch.put(ColumnFamily.ENTRIES, Keys.entry(parent, cookie), EntryRecord.GAP);
    } else {
      batch.delete(ColumnFamily.ENTRIES, Keys.entry(parent, cookie));
    }
  }

  /**
   * The cookie at which a listing continues after an entry.
   *
   * @param key of the entry
   */
  public static long cookieBehind(byte[] key) throws IOException {
    long cookie = Keys.entryCookie(key);
    if (cookie < FIRST_COOKIE || cookie == Long.MAX_VALUE) {
      throw new IOException(
          "directory " + Keys.leadingInode(key) + " has an entry with the cookie " + cookie);
    }
    return cookie + 1;
  }

  /** Whether a directory has no entry. */
  public static boolean isEmpty(MetadataReader view, long parent) throws IOException {
    boolean[] found = {false};
    view.scan(
        ColumnFamily.ENTRIES,
        Keys.entry(parent, 0),
        Keys.entry(parent + 1, 0),
        (key, value) -> {
          found[0] = value.length > 0;
          return !found[0];
        });
    return !found[0];
  }

  /** The cookie of the first slot of a name's hash; part of the format. */
  public long firstCookie(byte[] name) {
    long hash = seed;
    for (byte b : name) {
      hash = (hash ^ (b & 0xff)) * 0x100000001B3L; // FNV-1a, then a finalizer
    }
    hash ^= hash >>> 32;
    hash *= 0xD6E8FEB86659FD93L;
    hash ^= hash >>> 32;
    long bits = hash >>> 9;
    return Math.max(bits, 1) << 8;
  }
}

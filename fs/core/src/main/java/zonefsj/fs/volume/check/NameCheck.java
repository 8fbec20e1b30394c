// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.PassProgress;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.tree.LoopDetector;
import zonefsj.fs.volume.check.IndexCursor.Entry;
import zonefsj.fs.volume.state.FileNamer;

/**
 * Checks every name: that it lies where a lookup by its hash finds it, that it and its parent link
 * name each other, that its inode exists and has the type that the name says, and that every
 * directory leads up to the root directory. Two random reads for each name; bounded memory.
 */
public final class NameCheck {
  private static final int SLOT_MASK = 255;

  /** At least half as many directories are remembered, if there are as many. */
  private static final int REMEMBERED = 100_000;

  /** A power of two; 8 bytes each. */
  private static final int RECENT = 1 << 18;

  private final MetadataReader index;
  private final Directory directory;
  private final Findings findings;
  private final ProgressListener progress;
  private final long expectedNames;
  private final FileNamer namer;
  private long names;

  /** Whether the way up leads to the root directory, of a random sample of the directories. */
  private final Map<Long, Boolean> known = new HashMap<>();

  /**
   * Directories that lead to the root directory, each in the place that its hash gives, until
   * another takes it: the ways of ordinary trees end here after a step.
   */
  private final long[] recent = new long[RECENT];

  /** The least directory of each loop. */
  private final Set<Long> loops = new HashSet<>();

  /**
   * One of so many directories is remembered; chosen at random, so that no drive is made for it.
   */
  private long stride = 1;

  private final long salt = new SplittableRandom().nextLong();

  /**
   * @param expectedNames number of names by the inodes
   */
  NameCheck(
      MetadataReader index,
      UUID filesystem,
      Findings findings,
      ProgressListener progress,
      long expectedNames) {
    this.expectedNames = expectedNames;
    this.index = index;
    this.directory = new Directory(filesystem);
    this.findings = findings;
    this.progress = progress;
    this.namer = new FileNamer(index);
  }

  void check() throws IOException {
    checkEntries();
    checkLinks();
  }

  private void checkEntries() throws IOException {
    IndexCursor cursor =
        new IndexCursor(
            index,
            ColumnFamily.ENTRIES,
            findings,
            new PassProgress(progress, "checking names", expectedNames));
    Bucket bucket = new Bucket();
    for (Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      long parent = entry.inode();
      long cookie = Keys.entryCookie(entry.key());
      EntryRecord record = null;
      try {
        record = EntryRecord.decode(entry.value());
      } catch (IOException damaged) {
        findings.add(
            "a directory entry cannot be read: " + damaged.getMessage(),
            where(parent),
            "the name cannot be reached");
      }
      bucket.add(parent, cookie, record);
      if (record != null) {
        checkTarget(parent, cookie, record);
      }
      names++;
    }
  }

  /** The names of one hash in one directory: they fill their slots from the first on. */
  private final class Bucket {
    private long parent = -1;
    private long first = -1;
    private long lastCookie = -1;
    private final Set<String> names = new HashSet<>();

    void add(long inParent, long cookie, @Nullable EntryRecord record) {
      long bucketFirst = cookie & ~(long) SLOT_MASK;
      if (inParent != parent || bucketFirst != first) {
        parent = inParent;
        first = bucketFirst;
        lastCookie = bucketFirst - 1;
        names.clear();
      }
      if (cookie != lastCookie + 1) {
        findings.add(
            "slots before " + describe(record) + " are free, but not marked as gaps",
            where(parent),
            "a lookup of the name finds nothing");
      }
      lastCookie = cookie;
      if (record == null) {
        return;
      }
      if (directory.firstCookie(record.name()) != bucketFirst) {
        findings.add(
            describe(record) + " does not lie where its hash leads",
            where(parent),
            "a lookup of the name finds nothing");
      }
      // Kept as a list of the bytes' numbers, so that no two different names look the same.
      if (!names.add(Arrays.toString(record.name()))) {
        findings.add(
            describe(record) + " is in the directory twice",
            where(parent),
            "one of the two is hidden");
      }
      if (!isAllowed(record.name())) {
        findings.add(describe(record) + " cannot be a name", where(parent), "it cannot be reached");
      }
    }
  }

  /** Costs a walk up to the root directory, so only for a finding that is kept. */
  private String where(long directoryInode) {
    if (findings.isFull()) {
      return "";
    }
    return namer.describe(directoryInode) + " (directory, inode " + directoryInode + ")";
  }

  /** Whether a name may be an entry of a directory. */
  public static boolean isAllowed(byte[] name) {
    if (name.length > ZoneFileSystem.MAX_NAME_BYTES || Directory.isDots(name)) {
      return false;
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        return false;
      }
    }
    return true;
  }

  private static String describe(@Nullable EntryRecord record) {
    return record == null ? "an entry" : "name " + PrintableName.of(record.name());
  }

  private void checkTarget(long parent, long cookie, EntryRecord record) throws IOException {
    InodeRecord target = inodeOrNull(record.inode());
    if (target == null) {
      if (index.get(ColumnFamily.INODES, Keys.inode(record.inode())) == null) {
        findings.add(
            describe(record) + " leads to inode " + record.inode() + ", which does not exist",
            where(parent),
            "the name can be listed, but not opened");
      }
    } else if (FileMode.type(target.mode()) != record.typeBits()) {
      findings.add(
          String.format(
              "%s says type 0%o, its inode is of type 0%o",
              describe(record), record.typeBits(), FileMode.type(target.mode())),
          where(parent),
          "listings show a wrong type");
    }
    if (index.get(ColumnFamily.PARENTS, Keys.parent(record.inode(), parent, cookie)) == null) {
      findings.add(
          describe(record) + " has no parent link",
          where(parent),
          "errors in the file cannot name it, and its deletion is not counted right");
    }
  }

  private @Nullable InodeRecord inodeOrNull(long inode) throws IOException {
    byte[] value = index.get(ColumnFamily.INODES, Keys.inode(inode));
    try {
      return value == null ? null : InodeRecord.decode(value);
    } catch (IOException reportedElsewhere) {
      return null;
    }
  }

  private void checkLinks() throws IOException {
    // One link for each name, unless something is wrong.
    IndexCursor cursor =
        new IndexCursor(
            index,
            ColumnFamily.PARENTS,
            findings,
            new PassProgress(progress, "checking parent links", names));
    long last = -1;
    for (Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      long inode = entry.inode();
      checkLink(inode, Keys.parentOf(entry.key()), Keys.parentCookie(entry.key()));
      if (inode != last) {
        last = inode;
        InodeRecord record = inodeOrNull(inode);
        if (record != null && record.isDirectory()) {
          checkLeadsToRoot(inode);
        }
      }
    }
  }

  private void checkLink(long inode, long parent, long cookie) throws IOException {
    byte[] value = index.get(ColumnFamily.ENTRIES, Keys.entry(parent, cookie));
    EntryRecord entry;
    try {
      entry = value == null ? null : EntryRecord.decode(value);
    } catch (IOException reportedElsewhere) {
      return;
    }
    if (entry == null || entry.inode() != inode) {
      findings.add(
          "a parent link names an entry of directory "
              + parent
              + (entry == null ? " that is not there" : " that belongs to inode " + entry.inode()),
          "inode " + inode,
          "the file is not found under that name");
    }
  }

  /**
   * Reports a loop in the way up from a directory, once for all directories of the loop;
   * directories below it are not named. A way ends at the first directory that is remembered, so
   * after about as many steps as there are directories for each that is remembered.
   */
  private void checkLeadsToRoot(long inode) throws IOException {
    LoopDetector way = new LoopDetector(inode);
    long steps = 0;
    long at = inode;
    Boolean leads = leadsToRoot(at);
    while (leads == null) {
      at = parentOf(at);
      steps++;
      leads = leadsToRoot(at);
      if (leads == null && way.isLoop(at)) {
        reportLoop(at);
        leads = false;
      }
    }
    at = inode;
    for (long step = 0; step < steps; step++) {
      if (Long.remainderUnsigned(hash(at), stride) == 0) {
        remember(at, leads);
      } else if (leads) {
        recent[place(at)] = at;
      }
      at = parentOf(at);
    }
  }

  private void remember(long inode, boolean leads) {
    known.put(inode, leads);
    if (known.size() > REMEMBERED) {
      stride *= 2;
      known.keySet().removeIf(one -> Long.remainderUnsigned(hash(one), stride) != 0);
    }
  }

  private long hash(long inode) {
    return new SplittableRandom(inode ^ salt).nextLong();
  }

  private int place(long inode) {
    return (int) (hash(inode) >>> 32) & (RECENT - 1);
  }

  /** Null if it is not known yet; inode 0, the parent of a directory without one, leads nowhere. */
  private @Nullable Boolean leadsToRoot(long inode) {
    if (inode == ZoneFileSystem.ROOT_INODE) {
      return true;
    }
    if (inode == 0) {
      return false;
    }
    return recent[place(inode)] == inode ? Boolean.TRUE : known.get(inode);
  }

  private void reportLoop(long onLoop) throws IOException {
    long least = onLoop;
    for (long at = parentOf(onLoop); at != onLoop; at = parentOf(at)) {
      least = Math.min(least, at);
    }
    if (findings.isFull() || !loops.add(least)) {
      return;
    }
    long at = onLoop;
    do {
      findings.add(
          "a directory lies in itself, by way of its parents",
          "inode " + at,
          "it and everything below it cannot be reached");
      at = parentOf(at);
    } while (at != onLoop);
  }

  /** The parent of a directory by its first link; 0 if it has none, which is reported elsewhere. */
  private long parentOf(long inode) throws IOException {
    long[] parent = {0};
    if (inode != 0) {
      index.scan(
          ColumnFamily.PARENTS,
          Keys.inode(inode),
          Keys.inode(inode + 1),
          (key, value) -> {
            parent[0] = Keys.hasRightLength(ColumnFamily.PARENTS, key) ? Keys.parentOf(key) : 0;
            return false;
          });
    }
    return parent[0];
  }
}

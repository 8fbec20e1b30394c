// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.IndexCursor.Entry;
import zonefsj.fs.volume.state.FileNamer;

/**
 * Checks every inode: that its record can be decoded, that its number of names is right or it is an
 * orphan, that links, attributes and entries belong to an existing inode, and the counters. One
 * merge of five families in the order of inode numbers; bounded memory.
 */
final class InodeCheck {
  private final MetadataReader index;
  private final Findings findings;
  private final ProgressListener progress;
  private final FileNamer namer;
  private final IndexCursor links;
  private final IndexCursor orphans;
  private final IndexCursor attributes;
  private final IndexCursor entries;
  private long files;
  private long directories;
  private long linked;
  private long newest;
  private boolean rootSeen;

  InodeCheck(MetadataReader index, Findings findings, ProgressListener progress) {
    this.index = index;
    this.findings = findings;
    this.progress = progress;
    this.namer = new FileNamer(index);
    this.links = new IndexCursor(index, ColumnFamily.PARENTS, findings);
    this.orphans = new IndexCursor(index, ColumnFamily.ORPHANS, findings);
    this.attributes = new IndexCursor(index, ColumnFamily.XATTRS, findings);
    this.entries = new IndexCursor(index, ColumnFamily.ENTRIES, findings);
  }

  long files() {
    return files;
  }

  long directories() {
    return directories;
  }

  /** Number of names by the parent links of all inodes. */
  long expectedNames() {
    return linked;
  }

  void check() throws IOException {
    long expected = numberOrZero(Keys.INODE_COUNT);
    IndexCursor inodes =
        new IndexCursor(
            index,
            ColumnFamily.INODES,
            findings,
            new PassProgress(progress, "checking inodes", expected));
    long seen = 0;
    for (Entry entry = inodes.peek(); entry != null; entry = inodes.peek()) {
      inodes.skip();
      long inode = entry.inode();
      reportDangling(inode, false);
      checkInode(inode, entry.value());
      newest = Math.max(newest, inode);
      seen++;
    }
    reportDangling(0, true);
    if (!rootSeen) {
      findings.add(
          "there is no root directory",
          "inode " + ZoneFileSystem.ROOT_INODE,
          "nothing can be reached");
    }
    checkCounters(seen);
  }

  private long numberOrZero(byte[] key) throws IOException {
    byte[] value = index.get(ColumnFamily.META, key);
    return value == null || value.length != Long.BYTES ? 0 : Keys.number(value);
  }

  private void checkCounters(long count) throws IOException {
    long next = numberOrZero(Keys.NEXT_INODE);
    if (next <= newest) {
      findings.add(
          "the next inode number is " + next + ", but inode " + newest + " exists",
          "the counters",
          "a new file may take the place of one that is there");
    }
    if (next >= Keys.INODE_LIMIT) {
      findings.add(
          "the next inode number is " + next + ", which none can be",
          "the counters",
          "the filesystem cannot be mounted");
    }
    long recorded = numberOrZero(Keys.INODE_COUNT);
    if (recorded != count) {
      findings.add(
          "the number of inodes is said to be " + recorded + ", but there are " + count,
          "the counters",
          "df shows a wrong number of inodes");
    }
  }

  private void checkInode(long inode, byte[] value) throws IOException {
    InodeRecord record = null;
    try {
      record = InodeRecord.decode(value);
    } catch (IOException damaged) {
      findings.add(
          "an inode record cannot be read: " + damaged.getMessage(),
          where(inode),
          "the file cannot be opened");
    }
    long names = 0;
    while (links.nextOf(inode) != null) {
      names++;
    }
    linked += names;
    boolean isOrphan = orphans.nextOf(inode) != null;
    Entry attribute;
    while ((attribute = attributes.nextOf(inode)) != null) {
      checkAttribute(inode, record, attribute);
    }
    long children = 0;
    long subdirectories = 0;
    Entry child;
    while ((child = entries.nextOf(inode)) != null) {
      EntryRecord entry = entryOrNull(child);
      if (entry != null) {
        children++;
        subdirectories += FileMode.isDirectory(entry.typeBits()) ? 1 : 0;
      }
    }
    if (record == null) {
      return;
    }
    if (record.isDirectory()) {
      directories++;
      checkDirectory(inode, record, names, isOrphan, children, subdirectories);
    } else {
      files++;
      checkFile(inode, record, names, isOrphan, children);
    }
  }

  /** Costs a walk up to the root directory, so only for a finding that is kept. */
  private String where(long inode) {
    return findings.isFull() ? "" : namer.describe(inode);
  }

  private void checkAttribute(long inode, @Nullable InodeRecord record, Entry attribute) {
    AclCheck.Wrong wrong =
        record == null ? null : AclCheck.check(attribute.key(), attribute.value(), record);
    if (wrong != null) {
      findings.add(wrong.what(), where(inode), wrong.consequence());
    }
  }

  /** The check of names reports an entry that cannot be decoded. */
  private static @Nullable EntryRecord entryOrNull(Entry entry) {
    try {
      return EntryRecord.decode(entry.value());
    } catch (IOException reportedElsewhere) {
      return null;
    }
  }

  private void checkDirectory(
      long inode,
      InodeRecord record,
      long names,
      boolean isOrphan,
      long children,
      long subdirectories) {
    boolean isRoot = inode == ZoneFileSystem.ROOT_INODE;
    rootSeen |= isRoot;
    if (isRoot ? names != 0 || isOrphan : names > 1) {
      findings.add(
          "a directory has " + names + (isRoot ? " names, though it is the root" : " names"),
          where(inode),
          "the tree is not a tree; a walk may not end");
    }
    if (isOrphan && children > 0) {
      findings.add(
          "a removed directory has " + children + " entries",
          where(inode),
          "what is in it can never be reached");
    }
    checkNamedOrOrphan(inode, record, isRoot ? 1 : names, isOrphan);
    long expected = isOrphan ? 0 : 2 + subdirectories;
    if (record.linkCount() != expected) {
      reportLinks(inode, record, expected);
    }
  }

  private void checkFile(
      long inode, InodeRecord record, long names, boolean isOrphan, long children) {
    int type = FileMode.type(record.mode());
    if (inode == ZoneFileSystem.ROOT_INODE) {
      findings.add(
          "the root is not a directory", "inode " + inode, "the filesystem cannot be used");
    }
    boolean known =
        type == FileMode.REGULAR
            || type == FileMode.SYMLINK
            || type == FileMode.FIFO
            || type == FileMode.SOCKET
            || type == FileMode.BLOCK
            || type == FileMode.CHARACTER;
    if (!known) {
      findings.add(
          String.format("an inode has type 0%o, which does not exist", type),
          where(inode),
          "the file cannot be used");
    }
    if (record.sizeBytes() < 0) {
      findings.add(
          "a file has a length of " + record.sizeBytes(), where(inode), "the file cannot be read");
    }
    byte[] target = record.target();
    if (target != null && (target.length == 0 || target.length != record.sizeBytes())) {
      findings.add(
          "a symbolic link has a target of "
              + target.length
              + " bytes and a length of "
              + record.sizeBytes(),
          where(inode),
          "the link may lead elsewhere");
    }
    if (children > 0) {
      findings.add(
          children + " entries lie in a file that is no directory",
          where(inode),
          "they can never be reached");
    }
    checkNamedOrOrphan(inode, record, names, isOrphan);
    if (!isOrphan && record.linkCount() != names) {
      reportLinks(inode, record, names);
    }
  }

  private void checkNamedOrOrphan(long inode, InodeRecord record, long names, boolean isOrphan) {
    if (!isOrphan && names == 0) {
      findings.add(
          "an inode has no name and is not among the orphans",
          where(inode),
          "it can never be reached, and its space is never freed");
    }
    if (isOrphan && (names > 0 || record.linkCount() != 0)) {
      findings.add(
          "an orphan has " + names + " names and a link count of " + record.linkCount(),
          where(inode),
          "the next mount deletes it though it has a name");
    }
  }

  private void reportLinks(long inode, InodeRecord record, long expected) {
    findings.add(
        "the link count is " + record.linkCount() + ", not " + expected,
        where(inode),
        record.linkCount() < expected
            ? "the file is deleted while it still has a name"
            : "its space is never freed");
  }

  /** Reports entries of inodes that do not exist, up to the next inode that exists. */
  private void reportDangling(long before, boolean toTheEnd) throws IOException {
    Entry entry;
    while ((entry = next(links, before, toTheEnd)) != null) {
      dangling(entry, "a parent link", "the name that it stands for leads nowhere");
    }
    while ((entry = next(orphans, before, toTheEnd)) != null) {
      dangling(entry, "an orphan", "nothing: the next mount forgets it");
    }
    while ((entry = next(attributes, before, toTheEnd)) != null) {
      dangling(entry, "an extended attribute", "its space in the index is never freed");
    }
    while ((entry = next(entries, before, toTheEnd)) != null) {
      if (entry.value().length > 0) {
        dangling(entry, "a directory entry", "the name can never be reached");
      }
    }
  }

  private static @Nullable Entry next(IndexCursor cursor, long before, boolean toTheEnd)
      throws IOException {
    Entry entry = cursor.peek();
    if (!toTheEnd) {
      return cursor.nextBefore(before);
    }
    if (entry != null) {
      cursor.skip();
    }
    return entry;
  }

  private void dangling(Entry entry, String what, String consequence) throws IOException {
    findings.add(
        what + " belongs to an inode that does not exist", "inode " + entry.inode(), consequence);
  }
}

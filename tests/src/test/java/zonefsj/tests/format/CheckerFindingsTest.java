// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.FileMode;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.tests.format.SmallVolume.Forgery;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ZoneStream;

/** Each kind of inconsistency in the index is found, and said in words. */
class CheckerFindingsTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;
  private static final long NOBODY = 999;
  private static final byte[] LIST_OF_0640 =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000600ffffffff"
                  + "02000500e8030000"
                  + "04000700ffffffff"
                  + "10000400ffffffff"
                  + "20000000ffffffff");

  /** A kind of inconsistency, how to make it, and what the finding says. */
  @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
  enum Kind {
    LINK_COUNT(
        "link count is 7, not 2",
        at -> {
          long inode = at.find("dir", "small");
          at.put(inode, at.inode(inode).withLinks(7, at.inode(inode).changeTime()));
        }),
    SUBDIRECTORIES(
        "link count is 9, not 3",
        at -> {
          long inode = at.find("dir");
          at.put(inode, at.inode(inode).withLinks(9, at.inode(inode).changeTime()));
        }),
    ENTRY_WITHOUT_INODE(
        "leads to inode 999, which does not exist",
        at -> {
          long cookie = at.cookie("ghost");
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie), entry(NOBODY, "ghost"));
          at.batch.put(ColumnFamily.PARENTS, Keys.parent(NOBODY, ROOT, cookie), EntryRecord.GAP);
        }),
    LINK_WITHOUT_INODE(
        "a parent link belongs to an inode that does not exist",
        at ->
            at.batch.put(
                ColumnFamily.PARENTS,
                Keys.parent(NOBODY, ROOT, at.cookie("big")),
                EntryRecord.GAP)),
    ENTRY_WITHOUT_LINK(
        "name big has no parent link",
        at ->
            at.batch.put(
                ColumnFamily.PARENTS, Keys.parent(at.find("big"), ROOT, at.cookie("big")), null)),
    LINK_WITHOUT_ENTRY(
        "a parent link names an entry of directory 1 that is not there",
        at -> at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, at.cookie("big")), null)),
    WRONG_PLACE(
        "does not lie where its hash leads",
        at -> {
          long inode = at.find("pipe");
          at.move(inode, "pipe", at.cookie("pipe") + 256);
        }),
    FREE_SLOT(
        "slots before name pipe are free",
        at -> {
          long inode = at.find("pipe");
          at.move(inode, "pipe", at.cookie("pipe") + 2);
        }),
    NAME_TWICE(
        "name big is in the directory twice",
        at -> {
          long inode = at.find("big");
          long cookie = at.cookie("big") + 1;
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie), entry(inode, "big"));
          at.batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie), EntryRecord.GAP);
          at.put(inode, at.inode(inode).withLinks(2, at.inode(inode).changeTime()));
        }),
    FORBIDDEN_NAME(
        "cannot be a name",
        at -> {
          long inode = at.find("big");
          long cookie = at.cookie("a/b");
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie), entry(inode, "a/b"));
          at.batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie), EntryRecord.GAP);
          at.put(inode, at.inode(inode).withLinks(2, at.inode(inode).changeTime()));
        }),
    WRONG_TYPE(
        "says type 0100000, its inode is of type 010000",
        at ->
            at.batch.put(
                ColumnFamily.ENTRIES,
                Keys.entry(ROOT, at.cookie("pipe")),
                entry(at.find("pipe"), "pipe"))),
    UNREADABLE_ENTRY(
        "a directory entry cannot be read",
        at -> at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, at.cookie("pipe")), new byte[4])),
    NO_NAME(
        "has no name and is not among the orphans",
        at -> {
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, at.cookie("pipe")), null);
          at.batch.put(
              ColumnFamily.PARENTS, Keys.parent(at.find("pipe"), ROOT, at.cookie("pipe")), null);
        }),
    ORPHAN_WITH_A_NAME(
        "an orphan has 1 names",
        at -> at.batch.put(ColumnFamily.ORPHANS, Keys.inode(at.find("pipe")), Keys.number(0))),
    ORPHAN_THAT_IS_GONE(
        "an orphan belongs to an inode that does not exist",
        at -> at.batch.put(ColumnFamily.ORPHANS, Keys.inode(NOBODY), Keys.number(0))),
    LOOP(
        "a directory lies in itself",
        at -> {
          long outer = at.find("dir");
          long inner = at.find("dir", "sub");
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, at.cookie("dir")), null);
          at.batch.put(ColumnFamily.PARENTS, Keys.parent(outer, ROOT, at.cookie("dir")), null);
          long cookie = at.cookie("dir");
          byte[] value =
              new EntryRecord(outer, FileMode.DIRECTORY, SmallVolume.name("dir")).encode();
          at.batch.put(ColumnFamily.ENTRIES, Keys.entry(inner, cookie), value);
          at.batch.put(ColumnFamily.PARENTS, Keys.parent(outer, inner, cookie), EntryRecord.GAP);
          at.put(inner, at.inode(inner).withLinks(3, at.inode(inner).changeTime()));
          at.put(ROOT, at.inode(ROOT).withLinks(2, at.inode(ROOT).changeTime()));
        }),
    NO_ROOT(
        "there is no root directory",
        at -> at.batch.put(ColumnFamily.INODES, Keys.inode(ROOT), null)),
    UNREADABLE_INODE(
        "an inode record cannot be read",
        at -> at.batch.put(ColumnFamily.INODES, Keys.inode(at.find("pipe")), new byte[7])),
    UNKNOWN_TYPE(
        "type 0150000, which does not exist",
        at -> {
          long inode = at.find("pipe");
          at.put(inode, at.inode(inode).withMode(0150000 | 0644));
        }),
    SYMLINK_LENGTH(
        "a target of 9 bytes and a length of 3",
        at -> {
          long inode = at.find("symlink");
          at.put(inode, at.inode(inode).withSize(3));
        }),
    ATTRIBUTE_OF_NOBODY(
        "an extended attribute belongs to an inode that does not exist",
        at ->
            at.batch.put(
                ColumnFamily.XATTRS, Keys.xattr(NOBODY, SmallVolume.name("user.x")), new byte[1])),
    ACL_THAT_IS_NONE(
        "an ACL (ACCESS) cannot be used",
        at -> at.batch.put(ColumnFamily.XATTRS, access(at.find("big")), new byte[13])),
    ACL_BESIDE_THE_MODE(
        "the ACL allows 0640, the permission bits 0644",
        at -> at.batch.put(ColumnFamily.XATTRS, access(at.find("big")), LIST_OF_0640)),
    ACL_OF_A_LINK(
        "on what cannot have one",
        at -> at.batch.put(ColumnFamily.XATTRS, access(at.find("symlink")), LIST_OF_0640)),
    NEXT_INODE(
        "the next inode number is 2, but inode",
        at -> at.batch.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(2))),
    INODE_COUNT(
        "the number of inodes is said to be 77",
        at -> at.batch.put(ColumnFamily.META, Keys.INODE_COUNT, Keys.number(77))),
    EXTENT_COUNT(
        "the number of extents in zones is said to be 77",
        at -> at.batch.put(ColumnFamily.META, Keys.EXTENT_COUNT, Keys.number(77))),
    KEY_LENGTH(
        "a key of 5 bytes", at -> at.batch.put(ColumnFamily.INODES, new byte[5], new byte[1])),
    UNREADABLE_EXTENT(
        "an extent cannot be read",
        at ->
            at.batch.put(
                ColumnFamily.EXTENTS, at.lastExtentKey("big"), new byte[] {9, 0, 0, 0, 1})),
    EXTENT_OF_A_PIPE(
        "extents of an inode that is no regular file",
        at ->
            at.batch.put(
                ColumnFamily.EXTENTS,
                Keys.extent(at.find("pipe"), 5),
                Extent.inline(0, new byte[5]).encode())),
    EXTENT_OF_NOBODY(
        "extents of an inode that does not exist",
        at ->
            at.batch.put(
                ColumnFamily.EXTENTS,
                Keys.extent(NOBODY, 5),
                Extent.inline(0, new byte[5]).encode())),
    OVERLAP_IN_FILE(
        "two extents of a file overlap",
        at -> {
          long inode = at.find("big");
          at.batch.put(
              ColumnFamily.EXTENTS,
              Keys.extent(inode, 100),
              Extent.inline(0, new byte[100]).encode());
        }),
    BEHIND_THE_END(
        "an extent lies behind the end of its file",
        at -> {
          long inode = at.find("big");
          at.put(inode, at.inode(inode).withSize(1 << 20));
        }),
    OVERLAP_ON_DRIVE(
        "two extents claim the same bytes of the drive",
        at -> {
          Extent taken = at.lastExtent("big");
          Extent thief = Extent.placed(0, placedOf(taken));
          long inode = at.find("hard");
          at.put(inode, at.inode(inode).withSize(thief.length()));
          at.batch.put(ColumnFamily.EXTENTS, Keys.extent(inode, thief.end()), thief.encode());
        }),
    BEYOND_THE_POINTER(
        "lies beyond the write pointer of zone",
        at -> {
          Extent last = at.lastExtent("sparse");
          int zone = at.device.geometry().zoneOf(placedOf(last).positionBytes());
          at.moveLastExtent("sparse", at.device.report(zone, 1).get(0).writePointerBytes());
        }),
    ACROSS_THE_END(
        "crosses the end of zone",
        at -> {
          Extent big = at.lastExtent("big");
          int zone = at.device.geometry().zoneOf(placedOf(big).positionBytes());
          long start = at.device.geometry().zoneStartBytes(zone);
          at.moveLastExtent("big", start + (3 << 19) - 4096);
        }),
    IN_AN_EMPTY_ZONE("which is empty", at -> at.moveLastExtent("big", 31L * (2 << 20))),
    IN_THE_SUPERBLOCK("which serves SUPERBLOCK", at -> at.moveLastExtent("big", 0)),
    IN_THE_JOURNAL(
        "which serves JOURNAL",
        at ->
            at.moveLastExtent(
                "big", SmallVolume.root(at.device).segments().get(0).copies().get(0).startBytes())),
    OUTSIDE_THE_DRIVE("lies outside the drive", at -> at.moveLastExtent("big", 1L << 40)),
    STAGED_WITHOUT_EXTENT(
        "noted as waiting for a zone is not there",
        at -> at.batch.put(ColumnFamily.STAGED, Keys.extent(at.find("big"), 7), new byte[0])),
    STAGED_BUT_PLACED(
        "noted as waiting for a zone, but does not",
        at -> at.batch.put(ColumnFamily.STAGED, at.lastExtentKey("big"), new byte[0])),
    STAGED_UNNOTED(
        "waits for a zone, but is not noted",
        at -> {
          long inode = at.find("sparse");
          at.batch.put(
              ColumnFamily.EXTENTS,
              Keys.extent(inode, 90),
              Extent.inline(80, new byte[10]).encode());
        }),
    ALLOCATED_BYTES(
        "the file is said to take 5 bytes",
        at -> at.batch.put(ColumnFamily.EXTENTS, Keys.extent(at.find("big"), 0), Keys.number(5))),
    LIVE_BYTES(
        "is said to hold 77 live bytes",
        at ->
            at.batch.put(
                ColumnFamily.ZONES,
                Keys.zone(at.zoneOf("big")),
                new ZoneRecord(77, ZoneStream.COLD, 0).encode())),
    NO_LIVE_BYTES(
        "is said to hold 0 live bytes",
        at -> at.batch.put(ColumnFamily.ZONES, Keys.zone(at.zoneOf("big")), null)),
    ZONE_THAT_IS_NOT_THERE(
        "a record of a zone that the drive does not have",
        at ->
            at.batch.put(
                ColumnFamily.ZONES,
                Keys.zone(4711),
                new ZoneRecord(1, ZoneStream.COLD, 0).encode())),
    ZONE_OF_ANOTHER_STREAM(
        "is said to serve JOURNAL",
        at -> {
          byte[] value = at.index.get(ColumnFamily.ZONES, Keys.zone(at.zoneOf("big")));
          ZoneRecord record = ZoneRecord.decode(present(value));
          at.batch.put(
              ColumnFamily.ZONES,
              Keys.zone(at.zoneOf("big")),
              new ZoneRecord(record.liveBytes(), ZoneStream.JOURNAL, 0).encode());
        }),
    UNREADABLE_ZONE(
        "the record of a zone cannot be read",
        at -> at.batch.put(ColumnFamily.ZONES, Keys.zone(at.zoneOf("big")), new byte[3]));

    private final String words;
    private final Making making;

    Kind(String words, Making making) {
      this.words = words;
      this.making = making;
    }
  }

  /** Makes an inconsistency. */
  @FunctionalInterface
  interface Making {
    void make(At at) throws IOException;
  }

  /** A filesystem that is about to go wrong. */
  private static final class At {
    private final RamZonedDevice device;
    private final MetadataStore index;
    private final BatchRecord.Builder batch;
    private final Directory directory = new Directory(SmallVolume.FILESYSTEM);

    At(RamZonedDevice device, MetadataStore index, BatchRecord.Builder batch) {
      this.device = device;
      this.index = index;
      this.batch = batch;
    }

    long find(String... path) throws IOException {
      long inode = ROOT;
      for (String name : path) {
        Directory.FoundEntry found = directory.find(index, inode, SmallVolume.name(name));
        inode = present(found).entry().inode();
      }
      return inode;
    }

    long cookie(String name) {
      return directory.firstCookie(SmallVolume.name(name));
    }

    InodeRecord inode(long inode) throws IOException {
      return InodeRecord.decode(present(index.get(ColumnFamily.INODES, Keys.inode(inode))));
    }

    void put(long inode, InodeRecord record) {
      batch.put(ColumnFamily.INODES, Keys.inode(inode), record.encode());
    }

    /** Moves an entry of the root, with its link, to another cookie. */
    void move(long inode, String name, long cookie) throws IOException {
      byte[] value = present(index.get(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie(name))));
      batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie(name)), null);
      batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie(name)), null);
      batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie), value);
      batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie), EntryRecord.GAP);
    }

    byte[] lastExtentKey(String name) throws IOException {
      byte[][] last = {null};
      long inode = find(name);
      index.scan(
          ColumnFamily.EXTENTS,
          Keys.extent(inode, 1),
          Keys.extent(inode + 1, 0),
          (key, value) -> {
            last[0] = key;
            return true;
          });
      return present(last[0]);
    }

    Extent lastExtent(String name) throws IOException {
      byte[] key = lastExtentKey(name);
      return Extent.decode(Keys.extentEnd(key), present(index.get(ColumnFamily.EXTENTS, key)));
    }

    int zoneOf(String name) throws IOException {
      return device.geometry().zoneOf(placedOf(lastExtent(name)).positionBytes());
    }

    void moveLastExtent(String name, long position) throws IOException {
      Extent old = lastExtent(name);
      PhysicalExtent data = placedOf(old);
      BlockChecksums checksums = data.checksums();
      PhysicalExtent moved =
          new PhysicalExtent(
              position, data.skipBytes(), old.length(), data.coveredBytes(), checksums);
      batch.put(
          ColumnFamily.EXTENTS, lastExtentKey(name), Extent.placed(old.start(), moved).encode());
    }
  }

  private static byte[] access(long inode) {
    return Keys.xattr(inode, AccessControlList.Kind.ACCESS.xattrName());
  }

  private static byte[] entry(long inode, String name) {
    return new EntryRecord(inode, FileMode.REGULAR, SmallVolume.name(name)).encode();
  }

  private static PhysicalExtent placedOf(Extent extent) {
    return present(extent.placed());
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new AssertionError("the small volume is not as this test thinks");
    }
    return value;
  }

  @ParameterizedTest
  @EnumSource
  void isFound(Kind kind) throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    Forgery forgery = (index, batch) -> kind.making.make(new At(device, index, batch));
    SmallVolume.forge(device, forgery);
    List<Finding> findings = VolumeChecker.check(device, true, ProgressListener.NONE).findings();
    assertThat(findings).anySatisfy(found -> assertThat(found.what()).contains(kind.words));
    assertThat(findings)
        .allSatisfy(
            found ->
                assertThat(Arrays.asList(found.what(), found.where(), found.consequence()))
                    .noneMatch(String::isEmpty));
  }

  @ParameterizedTest
  @EnumSource
  void isMended(Kind kind) throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    SmallVolume.forge(device, (index, batch) -> kind.making.make(new At(device, index, batch)));
    VolumeRepair.Result result = SmallVolume.repair(device, false);
    assertThat(result.before().findings()).isNotEmpty();
    assertThat(result.done()).isNotEmpty();
    assertThat(result.after().findings()).isEmpty();
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
    assertThat(SmallVolume.repair(device, true).done()).as("nothing is left to do").isEmpty();
    SmallVolume.with(
        device,
        files -> {
          files.sync();
          if (kind != Kind.NO_ROOT) {
            assertThat(files.lookup(ROOT, SmallVolume.name("symlink")).sizeBytes()).isEqualTo(9);
          }
        });
  }

  private static byte @Nullable [] extentCount(RamZonedDevice device) throws IOException {
    try (MetadataStore index = SmallVolume.index(device)) {
      return index.get(ColumnFamily.META, Keys.EXTENT_COUNT);
    }
  }

  /** As on a drive that was made before it was kept. */
  @Test
  void aMissingNumberOfExtentsIsCountedByTheMount() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    byte[] before = present(extentCount(device));
    assertThat(Keys.number(before)).isPositive();
    SmallVolume.forge(
        device, (index, batch) -> batch.put(ColumnFamily.META, Keys.EXTENT_COUNT, null));
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
    SmallVolume.with(device, files -> files.unlink(Caller.ROOT, ROOT, SmallVolume.name("pipe")));
    assertThat(extentCount(device)).as("extents did not change").isNull();
    SmallVolume.with(
        device, files -> SmallVolume.write(files, ROOT, "more", 0, SmallVolume.bytes(70_000, 9)));
    assertThat(Keys.number(present(extentCount(device)))).isEqualTo(Keys.number(before) + 1);
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
  }

  @Test
  void aBatchMadeByHandIsNoFindingByItself() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    SmallVolume.forge(
        device, (index, batch) -> batch.put(ColumnFamily.ORPHANS, Keys.inode(NOBODY), null));
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.fs.volume.stored.UnlistedLosses;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * An index whose checksums are right, and which says what no program of ours writes: it costs the
 * file in question, never the mount. A check finds it, and a repair mends it.
 */
class CraftedIndexTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;
  private static final long NOBODY = 999;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int MOST_PAGES = 1000;

  private final RamZonedDevice device;

  CraftedIndexTest() throws IOException {
    device = SmallVolume.filled();
  }

  /** What is done with a mount. */
  @FunctionalInterface
  private interface Work {
    void on(Volume volume, ZoneFileSystem files) throws Exception;
  }

  /** Mounts without an index and works, which ends; the mount takes changes afterwards. */
  private void mounted(Work work) {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          Volume volume = SmallVolume.mount(device, new MemoryMetadataStores());
          try {
            ZoneFileSystem files = volume.fileSystem();
            work.on(volume, files);
            files.makeDirectory(Caller.ROOT, ROOT, SmallVolume.name("goes on"), 0755);
            files.sync();
          } finally {
            volume.abandon();
          }
        });
  }

  private void isFound(String words) throws IOException {
    List<Finding> findings = VolumeChecker.check(device, true, ProgressListener.NONE).findings();
    assertThat(findings).anySatisfy(found -> assertThat(found.what()).contains(words));
  }

  private void isMended() throws IOException {
    assertThat(SmallVolume.repair(device, true).after().findings()).isEmpty();
    SmallVolume.with(
        device, files -> files.makeDirectory(Caller.ROOT, ROOT, SmallVolume.name("mended"), 0755));
  }

  private static long cookie(String name) {
    return new Directory(SmallVolume.FILESYSTEM).firstCookie(SmallVolume.name(name));
  }

  private static InodeRecord inode(MetadataStore index, long inode) throws IOException {
    return InodeRecord.decode(value(index, ColumnFamily.INODES, Keys.inode(inode)));
  }

  private static byte[] value(MetadataStore index, ColumnFamily family, byte[] key)
      throws IOException {
    byte[] value = index.get(family, key);
    if (value == null) {
      throw new AssertionError("the small volume is not as this test thinks");
    }
    return value;
  }

  /** Replaces the first extent of a file by one that cannot be decoded; returns what it was. */
  private Extent spoilFirstExtent(long inode) throws IOException {
    Extent[] before = new Extent[1];
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] key = firstExtentKey(index, inode);
          byte[] value = value(index, ColumnFamily.EXTENTS, key);
          before[0] = Extent.decode(Keys.extentEnd(key), value);
          batch.put(ColumnFamily.EXTENTS, key, new byte[] {9, 0, 0, 0, 1});
        });
    return before[0];
  }

  private static byte[] firstExtentKey(MetadataStore index, long inode) throws IOException {
    byte[][] first = {new byte[0]};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, 1),
        Keys.extent(inode + 1, 0),
        (key, value) -> {
          first[0] = key;
          return false;
        });
    return first[0];
  }

  private static byte[] read(ZoneFileSystem files, long inode, long offset, int length)
      throws Exception {
    long handle = files.open(Caller.ROOT, inode, OpenFlags.READ);
    try {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      files.read(handle, offset, bytes);
      return bytes.array();
    } finally {
      files.release(handle);
    }
  }

  private static List<String> list(ZoneFileSystem files, long directory) throws Exception {
    long handle = files.openDirectory(directory);
    try {
      List<String> names = new ArrayList<>();
      long[] next = {0};
      for (int page = 0; page < MOST_PAGES; page++) {
        long from = next[0];
        int[] taken = {0};
        files.readDirectory(
            handle,
            from,
            (name, inode, mode, cookie) -> {
              names.add(new String(name, java.nio.charset.StandardCharsets.UTF_8));
              next[0] = cookie;
              return ++taken[0] < 3;
            });
        if (next[0] == from) {
          return names;
        }
      }
      throw new AssertionError("the listing has no end");
    } finally {
      files.releaseDirectory(handle);
    }
  }

  @Test
  void directoriesThatLieInEachOtherEndARename() throws IOException {
    SmallVolume.with(
        device, files -> files.makeDirectory(Caller.ROOT, ROOT, SmallVolume.name("other"), 0755));
    long outer = SmallVolume.inode(device, "dir");
    long inner = SmallVolume.inode(device, "dir", "sub");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          batch.put(ColumnFamily.PARENTS, Keys.parent(outer, ROOT, cookie("dir")), null);
          batch.put(
              ColumnFamily.PARENTS, Keys.parent(outer, inner, cookie("dir")), EntryRecord.GAP);
        });
    isFound("a directory lies in itself");
    mounted(
        (volume, files) ->
            assertThatThrownBy(
                    () ->
                        files.rename(
                            Caller.ROOT,
                            ROOT,
                            SmallVolume.name("other"),
                            outer,
                            SmallVolume.name("moved"),
                            RenameMode.REPLACE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lies in itself"));
    isMended();
  }

  @Test
  void aParentThatCannotBeIsRefused() throws IOException {
    long inner = SmallVolume.inode(device, "dir", "sub");
    SmallVolume.forge(
        device,
        (index, batch) ->
            batch.put(ColumnFamily.PARENTS, Keys.parent(inner, 0, 512), EntryRecord.GAP));
    isFound("a parent link names an entry of directory 0");
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> files.find(inner, SmallVolume.name("..")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("impossible parent"));
    isMended();
  }

  @Test
  void orphansOfKeysThatAreNoneDoNotHoldUpAMount() throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) -> {
          for (short number = 0; number < 1000; number++) {
            byte[] key = ByteBuffer.allocate(10).putLong(-1).putShort(number).array();
            batch.put(ColumnFamily.ORPHANS, key, Keys.number(0));
          }
        });
    isFound("a key of 10 bytes");
    mounted((volume, files) -> assertThat(list(files, ROOT)).contains("dir"));
    isMended();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0})
  void anOrphanThatCannotBeDoesNotRefuseAMount(long inode) throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) -> batch.put(ColumnFamily.ORPHANS, Keys.inode(inode), Keys.number(0)));
    isFound("an orphan belongs to an inode that does not exist");
    mounted((volume, files) -> assertThat(list(files, ROOT)).contains("dir"));
    isMended();
  }

  @Test
  void anOrphanThatCannotBeReadDoesNotRefuseAMount() throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) -> {
          batch.put(ColumnFamily.INODES, Keys.inode(NOBODY), new byte[3]);
          batch.put(ColumnFamily.ORPHANS, Keys.inode(NOBODY), Keys.number(0));
        });
    isFound("an inode record cannot be read");
    mounted(
        (volume, files) ->
            assertThat(volume.status().errors())
                .anySatisfy(error -> assertThat(error).contains("cannot be deleted")));
    isMended();
  }

  @Test
  void anAccessTimeAtTheEndOfTimeIsRead() throws IOException {
    long inode = SmallVolume.inode(device, "big");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          InodeRecord record = inode(index, inode);
          InodeRecord late =
              record.withTimes(Instant.MAX, record.modifyTime(), record.changeTime());
          batch.put(ColumnFamily.INODES, Keys.inode(inode), late.encode());
        });
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
    mounted(
        (volume, files) ->
            assertThat(read(files, inode, 0, 100))
                .isEqualTo(Arrays.copyOf(SmallVolume.bytes(3 << 20, 2), 100)));
  }

  @Test
  void aTargetLongerThanAnAnswerIsRefused() throws IOException {
    long inode = SmallVolume.inode(device, "symlink");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          InodeRecord record = inode(index, inode).withTarget(new byte[4096]);
          batch.put(ColumnFamily.INODES, Keys.inode(inode), record.encode());
        });
    isFound("an inode record cannot be read: a symbolic link has a target of 4096 bytes");
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> files.readLink(inode)).isInstanceOf(IOException.class));
    isMended();
  }

  @Test
  void aKeyOfAnExtentThatIsTooLongIsNone() throws IOException {
    long inode = SmallVolume.inode(device, "big");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] key = firstExtentKey(index, inode);
          byte[] value = value(index, ColumnFamily.EXTENTS, key);
          batch.put(ColumnFamily.EXTENTS, Arrays.copyOf(key, 17), value);
          batch.put(ColumnFamily.STAGED, Arrays.copyOf(key, 17), new byte[0]);
        });
    isFound("a key of 17 bytes");
    mounted(
        (volume, files) -> {
          assertThat(read(files, inode, 0, 3 << 20)).isEqualTo(SmallVolume.bytes(3 << 20, 2));
          volume.checkpoint();
          files.unlink(Caller.ROOT, ROOT, SmallVolume.name("big"));
        });
    isMended();
  }

  @Test
  void aKeyOfAnAttributeThatIsTooShortIsRefused() throws IOException {
    long inode = 255;
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] pipe = value(index, ColumnFamily.INODES, Keys.inode(find(index, "pipe")));
          batch.put(ColumnFamily.INODES, Keys.inode(inode), pipe);
          batch.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(256));
          batch.put(ColumnFamily.XATTRS, new byte[] {0, 0, 0, 0, 0, 0, 1}, new byte[1]);
        });
    isFound("a key of 7 bytes");
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> files.listXattrs(Caller.ROOT, inode))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("7 bytes"));
    isMended();
  }

  private static long find(MetadataStore index, String name) throws IOException {
    byte[] value = value(index, ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie(name)));
    EntryRecord entry = EntryRecord.decode(value);
    return entry == null ? 0 : entry.inode();
  }

  /** The last 1000 bytes of the first extent, by all of its granules. */
  private long forgeSkipOverGranules(long inode) throws IOException {
    long[] end = {0};
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] key = firstExtentKey(index, inode);
          end[0] = Keys.extentEnd(key);
          PhysicalExtent old =
              Extent.decode(end[0], value(index, ColumnFamily.EXTENTS, key)).placed();
          if (old == null) {
            throw new AssertionError("the first extent is in no zone");
          }
          int length = old.lengthBytes();
          PhysicalExtent crafted =
              new PhysicalExtent(old.positionBytes(), length - 1000, 1000, length, old.checksums());
          Extent extent = Extent.placed(end[0] - 1000, crafted);
          batch.put(ColumnFamily.EXTENTS, key, extent.encode());
        });
    return end[0];
  }

  @Test
  void granulesThatHoldNoneOfTheBytesAreRefused() throws IOException {
    long inode = SmallVolume.inode(device, "big");
    long end = forgeSkipOverGranules(inode);
    isFound("an extent cannot be read");
    byte[] newer = SmallVolume.bytes(5000, 8);
    mounted(
        (volume, files) -> {
          assertThatThrownBy(() -> read(files, inode, end - 500, 500))
              .isInstanceOf(IOException.class);
          long handle = files.open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
          files.write(handle, end - 2000, ByteBuffer.wrap(newer), false);
          files.release(handle);
          files.sync();
          assertThat(read(files, inode, end - 2000, 5000)).isEqualTo(newer);
          assertThatThrownBy(() -> read(files, inode, end - 2001, 1))
              .as("the damaged extent may have held this, too: no hole is shown")
              .isInstanceOf(ErrnoException.class);
        });
    isMended();
  }

  @Test
  void aFileWithAnExtentThatCannotBeReadIsDeleted() throws IOException {
    spoilFirstExtent(SmallVolume.inode(device, "big"));
    mounted(
        (volume, files) -> {
          files.unlink(Caller.ROOT, ROOT, SmallVolume.name("big"));
          files.sync();
        });
    isMended();
  }

  @Test
  void anExtentThatCannotBeReadHoldsNoOtherUp() throws IOException {
    PhysicalExtent placed = spoilFirstExtent(SmallVolume.inode(device, "big")).placed();
    assertThat(placed).isNotNull();
    int zone = device.geometry().zoneOf(placed.positionBytes());
    mounted(
        (volume, files) -> {
          long before = volume.zones().get(zone).liveBytes();
          device.setReadOnly(zone);
          volume.checkForFailedZones();
          assertThat(volume.zones().get(zone).liveBytes()).isLessThan(before);
        });
    isMended();
  }

  @Test
  void aScrubGoesOnBehindAnExtentThatCannotBeRead() throws IOException {
    Extent spoiled = spoilFirstExtent(SmallVolume.inode(device, "big"));
    mounted(
        (volume, files) -> {
          for (int round = 0; round < 2; round++) {
            ScrubRecord end = volume.scrub(0, true, () -> true, ProgressListener.NONE);
            assertThat(end.isFinished()).isTrue();
            assertThat(end.damages()).isEqualTo(1);
            assertThat(end.verifiedBytes()).isGreaterThan((3L << 20) + 70_001 - spoiled.length());
          }
        });
    isMended();
  }

  @Test
  void anExtentBehindEveryDriveIsFound() throws IOException {
    long inode = SmallVolume.inode(device, "big");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] key = firstExtentKey(index, inode);
          byte[] value = value(index, ColumnFamily.EXTENTS, key).clone();
          ByteBuffer.wrap(value).putLong(1 + Integer.BYTES, Long.MAX_VALUE - 10);
          batch.put(ColumnFamily.EXTENTS, key, value);
        });
    isFound("extent");
    isMended();
  }

  private void forgeScrub(int nextZone) throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) ->
            batch.put(
                ColumnFamily.META,
                ScrubRecord.KEY,
                new ScrubRecord(nextZone, 1, 0, 2, 3, 0).encode()));
  }

  @Test
  void aScrubInAZoneThatIsNotThereBeginsAnew() throws IOException {
    forgeScrub(-5);
    isFound("how far a scrub is cannot be read");
    isMended();
  }

  /** The filesystem may have had more zones. */
  @Test
  void aScrubBehindTheLastZoneIsNoDamage() throws IOException {
    forgeScrub(1000);
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
    SmallVolume.with(
        device, files -> files.makeDirectory(Caller.ROOT, ROOT, SmallVolume.name("d"), 0755));
  }

  @Test
  void recordsOfLostDataThatCannotBeAreFoundAndDropped() throws IOException {
    byte[] key = LostRange.key(3, 0);
    SmallVolume.forge(
        device,
        (index, batch) -> {
          batch.put(ColumnFamily.META, key, new byte[5]);
          batch.put(ColumnFamily.META, LostRange.key(-1, 0), lostRange(3, 0, 10).encode());
          batch.put(
              ColumnFamily.META, LostRange.key(3, Long.MAX_VALUE), lostRange(3, 0, 10).encode());
          batch.put(ColumnFamily.META, UnlistedLosses.KEY, new byte[3]);
        });
    isFound("a record of lost data cannot be read");
    mounted(
        (volume, files) -> {
          assertThat(volume.status().lostData()).isEmpty();
          assertThat(volume.status().errors())
              .anyMatch(line -> line.contains("4 records of lost data cannot be read"));
        });
    isMended();
    try (MetadataStore index = SmallVolume.index(device)) {
      assertThat(index.get(ColumnFamily.META, key)).isNull();
      assertThat(index.get(ColumnFamily.META, UnlistedLosses.KEY)).isNull();
    }
  }

  /** As an older version leaves it, or a crash: the file is not there, or lies elsewhere now. */
  @Test
  void recordsOfLostDataThatDoNotHoldAreNoFindingAndAreDropped() throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) -> {
          for (long inode = 1; inode < 8; inode++) {
            batch.put(ColumnFamily.META, LostRange.key(inode, 0), lostRange(inode, 0, 99).encode());
          }
          batch.put(
              ColumnFamily.META, LostRange.key(1L << 61, 5), lostRange(3, 5, 1L << 60).encode());
        });
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
    mounted((volume, files) -> assertThat(volume.status().lostData()).isEmpty());
    try (MetadataStore index = SmallVolume.index(device)) {
      assertThat(index.get(ColumnFamily.META, LostRange.key(3, 0))).isNull();
      assertThat(index.get(ColumnFamily.META, LostRange.key(1L << 61, 5))).isNull();
    }
  }

  private static LostRange lostRange(long inode, long from, long to) {
    return new LostRange(inode, from, to, 12_345, LostRange.Why.CHECKSUM_MISMATCH, true, 1, 2, 3);
  }

  @Test
  void aScrubThatCannotBeReadDoesNotRefuseAMount() throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) ->
            batch.put(
                ColumnFamily.META, ScrubRecord.KEY, new ScrubRecord(-5, 1, 0, 2, 3, 0).encode()));
    mounted(
        (volume, files) -> {
          assertThat(volume.status().scrub()).isEqualTo("never");
          assertThat(volume.scrub(0, false, () -> true, ProgressListener.NONE).isFinished())
              .isTrue();
        });
    assertThat(VolumeChecker.check(device, true, ProgressListener.NONE).findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE})
  void aListingThatCannotGoOnIsRefused(long place) throws IOException {
    long inode = SmallVolume.inode(device, "pipe");
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] value = value(index, ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie("pipe")));
          batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie("pipe")), null);
          batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie("pipe")), null);
          batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, place), value);
          batch.put(ColumnFamily.PARENTS, Keys.parent(inode, ROOT, place), EntryRecord.GAP);
        });
    isFound("does not lie where its hash leads");
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> list(files, ROOT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has an entry with the cookie"));
    isMended();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -7})
  void anEntryOfAnInodeThatCannotBeIsRefused(long inode) throws IOException {
    SmallVolume.forge(
        device,
        (index, batch) -> {
          byte[] ghost = new EntryRecord(inode, FileMode.FIFO, SmallVolume.name("ghost")).encode();
          byte[] record = value(index, ColumnFamily.INODES, Keys.inode(find(index, "pipe")));
          batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie("ghost")), ghost);
          batch.put(
              ColumnFamily.PARENTS, Keys.parent(inode, ROOT, cookie("ghost")), EntryRecord.GAP);
          batch.put(ColumnFamily.INODES, Keys.inode(inode), record);
        });
    isFound("a directory entry leads to inode " + inode);
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> files.lookup(ROOT, SmallVolume.name("ghost")))
                .isInstanceOf(IOException.class));
    isMended();
  }

  @Test
  void aNameThatIsTooLongIsRefused() throws IOException {
    String name = "n".repeat(256);
    SmallVolume.forge(
        device,
        (index, batch) -> {
          long pipe = find(index, "pipe");
          byte[] entry = new EntryRecord(pipe, FileMode.FIFO, SmallVolume.name(name)).encode();
          batch.put(ColumnFamily.ENTRIES, Keys.entry(ROOT, cookie(name)), entry);
          batch.put(ColumnFamily.PARENTS, Keys.parent(pipe, ROOT, cookie(name)), EntryRecord.GAP);
        });
    isFound("a directory entry has a name of 256 bytes");
    mounted(
        (volume, files) ->
            assertThatThrownBy(() -> list(files, ROOT)).isInstanceOf(IOException.class));
    isMended();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 0, -1, 1L << 62, Long.MAX_VALUE})
  void aNextInodeThatCannotBeRefusesAMount(long next) throws IOException {
    SmallVolume.forge(
        device, (index, batch) -> batch.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(next)));
    isFound("the next inode number is " + next);
    refusesMount();
    isMended();
  }

  @Test
  void aNegativeNumberOfInodesRefusesAMount() throws IOException {
    SmallVolume.forge(
        device, (index, batch) -> batch.put(ColumnFamily.META, Keys.INODE_COUNT, Keys.number(-3)));
    isFound("the number of inodes is said to be -3");
    refusesMount();
    isMended();
  }

  private void refusesMount() {
    assertThatThrownBy(() -> SmallVolume.mount(device, new MemoryMetadataStores()))
        .isInstanceOf(VolumeFormatException.class)
        .hasMessageContaining("impossible counters");
  }
}

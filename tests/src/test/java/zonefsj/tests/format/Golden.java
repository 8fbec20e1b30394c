// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.FileMode;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.AccessControlList;
import zonefsj.fs.tree.Directory;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.UnlistedLosses;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneStream;

/**
 * One of every structure on the drive: how it is written and read. The bytes that belong to each
 * are in the resource {@code NAME.hex} beside this class.
 */
@SuppressWarnings("ImmutableEnumChecker") // functions without state
enum Golden {
  FRAME_HEADER(false, Golden::frameHeader, Golden::readFrameHeader),
  ROOT_ENTRY(true, () -> rootEntry(facts()), SuperblockEntry::decode),
  ROOT_ENTRY_WITH_GIVEN_UUID(
      true, () -> rootEntry(facts().withUuid(new UUID(0x0102, 0x0304))), SuperblockEntry::decode),
  JOURNAL_FRAME(true, Golden::journalFrame, Golden::readJournalFrame),
  CHUNK_SUMMARY(false, Golden::chunkSummary, in -> ChunkSummary.decode(in, 1 << 20)),
  CHECKPOINT_MANIFEST(
      false,
      Golden::checkpointManifest,
      in -> CheckpointManifest.decode(SmallVolume.FILESYSTEM, in)),
  INODE_RECORD(false, Golden::inodeRecord, in -> InodeRecord.decode(array(in))),
  ACCESS_CONTROL_LIST(false, Golden::accessControlList, in -> AccessControlList.decode(array(in))),
  ENTRY_RECORD(false, Golden::entryRecord, in -> EntryRecord.decode(array(in))),
  EXTENT_PLACED(false, Golden::extentPlaced, in -> Extent.decode(1 << 20, array(in))),
  EXTENT_INLINE(false, Golden::extentInline, in -> Extent.decode(11, array(in))),
  EXTENT_LOST(false, Golden::extentLost, in -> Extent.decode(1 << 20, array(in))),
  ZONE_RECORD(false, Golden::zoneRecord, in -> ZoneRecord.decode(array(in))),
  LOST_RANGE(false, Golden::lostRange, Golden::readLostRange),
  LOST_MORE(
      false,
      () -> ByteBuffer.wrap(new UnlistedLosses(0x0102030405L, 1_700_000_000_123L).encode()),
      in -> UnlistedLosses.decode(array(in))),
  BATCH_RECORD(false, Golden::batchRecord, Golden::readBatch),
  PAIRS_CHECKPOINT(false, Golden::pairsCheckpoint, Golden::readPairs),
  KEYS(false, Golden::keys, null),
  NAME_HASHES(false, Golden::nameHashes, null);

  /** Writes the structure. */
  @FunctionalInterface
  interface Writer {
    ByteBuffer write() throws IOException;
  }

  /** Reads it again; returns null or throws IOException for what is none. */
  @FunctionalInterface
  interface Reader {
    @Nullable Object read(ByteBuffer bytes) throws IOException;
  }

  private final boolean isFrame;
  private final Writer writer;
  private final @Nullable Reader reader;

  Golden(boolean isFrame, Writer writer, @Nullable Reader reader) {
    this.isFrame = isFrame;
    this.writer = writer;
    this.reader = reader;
  }

  /** Whether it begins with a frame header, whose checksums guard it. */
  boolean isFrame() {
    return isFrame;
  }

  byte[] write() throws IOException {
    return array(writer.write());
  }

  @Nullable Reader reader() {
    return reader;
  }

  static byte[] array(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.duplicate().get(array);
    return array;
  }

  private static ByteBuffer frameHeader() {
    ByteBuffer out = ByteBuffer.allocate(FrameHeader.BYTES);
    header(FrameKind.CHUNK, 5, 8192).encode(out);
    return out.flip();
  }

  private static FrameHeader header(FrameKind kind, int flags, int frameBytes) {
    return new FrameHeader(
        kind, flags, SmallVolume.FILESYSTEM, 3, 0x1122334455667788L, 100, 0xdeadbeef, frameBytes);
  }

  private static @Nullable Object readFrameHeader(ByteBuffer in) {
    return FrameHeader.versionOf(in) == 0 ? null : FrameHeader.decode(in);
  }

  private static SuperblockEntry.Facts facts() {
    return new SuperblockEntry.Facts(
        1, 2, 4, 1_700_000_000_123L, 64, 2 << 20, 4096, List.of(0, 1), 2, "Größe", null);
  }

  private static ByteBuffer rootEntry(SuperblockEntry.Facts facts) {
    SuperblockEntry.CheckpointRef ref =
        new SuperblockEntry.CheckpointRef(
            List.of(9L << 20, 13L << 20), 8192, new JournalPosition(77, -1));
    List<JournalSegment> segments =
        List.of(
            new JournalSegment(
                List.of(
                    new JournalSegment.Copy(4, 8_392_704), new JournalSegment.Copy(7, 14_684_160)),
                2,
                8192,
                new JournalPosition(80, 5)),
            new JournalSegment(
                List.of(new JournalSegment.Copy(5, 10_489_856)),
                3,
                JournalSegment.OPEN,
                new JournalPosition(82, 0x0102030405060708L)));
    JournalPosition clean = new JournalPosition(83, 0x1112131415161718L);
    return new SuperblockEntry(SmallVolume.FILESYSTEM, 12, 3, facts, clean, ref, segments)
        .encode(4096);
  }

  private static ByteBuffer journalFrame() {
    ByteBuffer out = ByteBuffer.allocate(8192);
    ByteBuffer record =
        ByteBuffer.wrap("a record of the journal".getBytes(StandardCharsets.US_ASCII));
    JournalFrames.encode(
        out,
        4096,
        SmallVolume.FILESYSTEM,
        3,
        83,
        JournalFrames.FIRST | JournalFrames.LAST,
        0x0102030405060708L,
        82,
        0x1112131415161718L,
        record,
        record.remaining());
    return out;
  }

  private static @Nullable Object readJournalFrame(ByteBuffer in) {
    JournalFrames.Frame frame = JournalFrames.decode(in, SmallVolume.FILESYSTEM);
    return frame == null ? null : array(JournalFrames.fragment(in, frame));
  }

  private static ByteBuffer chunkSummary() {
    ChunkSummary summary =
        new ChunkSummary(
            List.of(
                new ChunkSummary.Piece(
                    17,
                    1 << 20,
                    200_000,
                    4096,
                    new BlockChecksums(15, new int[] {1, 2, 3, 4, 5, 6, 7})),
                new ChunkSummary.Piece(
                    18, 0, 5000, 208_896, new BlockChecksums(12, new int[] {-1, -2}))));
    ByteBuffer out = ByteBuffer.allocate(ChunkSummary.encodedBytes(List.of(7, 2)));
    summary.encode(out);
    return out.flip();
  }

  private static ByteBuffer checkpointManifest() {
    List<CheckpointManifest.StoredFile> files =
        List.of(
            new CheckpointManifest.StoredFile(
                new FileInfo("000012.sst", 1_500_000, "0f".repeat(32)),
                List.of(
                    List.of(
                        new CheckpointManifest.Part(10L << 20, 1_048_512, 0x01020304),
                        new CheckpointManifest.Part(11L << 20, 451_488, -2)),
                    List.of(new CheckpointManifest.Part(14L << 20, 1_500_000, 3)))),
            new CheckpointManifest.StoredFile(
                new FileInfo("CURRENT", 16, "a1".repeat(32)),
                List.of(
                    List.of(new CheckpointManifest.Part(12L << 20, 16, 4)),
                    List.of(new CheckpointManifest.Part(16L << 20, 16, 4)))));
    AppliedPosition mark = new AppliedPosition(SmallVolume.FILESYSTEM, 77, -1);
    return ByteBuffer.wrap(new CheckpointManifest("rocksdb-sst-1", mark, files).encode());
  }

  /** The mode says what the owner, the mask and others may; the rest stays. */
  private static ByteBuffer accessControlList() throws IOException {
    byte[] of640 =
        HexFormat.of()
            .parseHex(
                "02000000"
                    + "01000600ffffffff"
                    + "02000500e8030000"
                    + "04000400ffffffff"
                    + "0800020032000000"
                    + "10000400ffffffff"
                    + "20000000ffffffff");
    return ByteBuffer.wrap(AccessControlList.decode(of640).withMode(0751).encode());
  }

  private static ByteBuffer inodeRecord() {
    InodeRecord record =
        new InodeRecord(
            FileMode.SYMLINK | 0777,
            2,
            1000,
            1001,
            0x0102030405060708L,
            0,
            Instant.ofEpochSecond(-1, 999_999_999),
            Instant.ofEpochSecond(1_700_000_000, 1),
            Instant.ofEpochSecond(1_700_000_001, 2),
            Instant.ofEpochSecond(1_700_000_002, 3),
            9,
            null);
    return ByteBuffer.wrap(record.withTarget(SmallVolume.name("../target")).encode());
  }

  private static ByteBuffer entryRecord() {
    return ByteBuffer.wrap(
        new EntryRecord(4711, FileMode.REGULAR, SmallVolume.name("näme")).encode());
  }

  private static ByteBuffer extentPlaced() {
    PhysicalExtent data =
        new PhysicalExtent(
            0x123456000L, 100, 9000, 9500, new BlockChecksums(12, new int[] {7, 8, -9}));
    return ByteBuffer.wrap(Extent.placed((1 << 20) - 9000, data).encode());
  }

  private static ByteBuffer extentInline() {
    return ByteBuffer.wrap(Extent.inline(0, SmallVolume.name("hello world")).encode());
  }

  private static ByteBuffer extentLost() {
    return ByteBuffer.wrap(Extent.lost((1 << 20) - 4096, 4096).encode());
  }

  private static ByteBuffer zoneRecord() {
    return ByteBuffer.wrap(new ZoneRecord(1_234_567, ZoneStream.GC, 1_700_000_000_123L).encode());
  }

  /** The key, then the value. */
  private static ByteBuffer lostRange() {
    LostRange range =
        new LostRange(
            0x0102030405060708L,
            1 << 20,
            (1 << 20) + 4096,
            0x1112131415161718L,
            LostRange.Why.UNREADABLE,
            true,
            1_700_000_000_123L,
            1_700_000_000_456L,
            7);
    byte[] key = LostRange.key(range.inode(), range.from());
    byte[] value = range.encode();
    return ByteBuffer.allocate(key.length + value.length).put(key).put(value).flip();
  }

  private static Object readLostRange(ByteBuffer in) throws IOException {
    byte[] key = new byte[Math.min(21, in.remaining())];
    in.get(key);
    return LostRange.decode(key, array(in));
  }

  private static ByteBuffer batchRecord() {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    fill(batch);
    return batch.build().bytes();
  }

  private static void fill(BatchRecord.Builder batch) {
    batch.put(ColumnFamily.META, Keys.NEXT_INODE, Keys.number(5));
    batch.put(ColumnFamily.XATTRS, Keys.xattr(4, SmallVolume.name("user.x")), new byte[200]);
    batch.put(ColumnFamily.ENTRIES, Keys.entry(1, 512), EntryRecord.GAP);
    batch.put(ColumnFamily.INODES, Keys.inode(3), null);
    batch.deleteRange(ColumnFamily.EXTENTS, Keys.extent(3, 0), Keys.extent(4, 0));
  }

  private static Object readBatch(ByteBuffer in) throws IOException {
    List<String> changes = new ArrayList<>();
    BatchRecord.of(in)
        .forEach(
            new MetadataBatch.Sink() {
              @Override
              public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
                changes.add(family + " " + key.length);
              }

              @Override
              public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
                changes.add(family + " to " + to.length);
              }
            });
    return changes;
  }

  private static ByteBuffer pairsCheckpoint() throws IOException {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    fill(batch);
    try (MetadataStore store = new MemoryMetadataStores().create()) {
      store.apply(batch.build(), mark());
      try (CheckpointContent content = store.checkpoint()) {
        return ByteBuffer.wrap(content.open(content.files().get(0)).readAllBytes());
      }
    }
  }

  private static AppliedPosition mark() {
    return new AppliedPosition(SmallVolume.FILESYSTEM, 77, 0x0102030405060708L);
  }

  private static Object readPairs(ByteBuffer in) throws IOException {
    try (MetadataStore store =
        new MemoryMetadataStores().restore(new OneFile("pairs-1", mark(), array(in)))) {
      return store.mark();
    }
  }

  /** Every key once, one after the other; each begins with its family. */
  private static ByteBuffer keys() {
    ByteBuffer out = ByteBuffer.allocate(4096);
    put(out, ColumnFamily.META, Keys.NEXT_INODE);
    put(out, ColumnFamily.META, Keys.INODE_COUNT);
    put(out, ColumnFamily.INODES, Keys.inode(0x0102030405060708L));
    put(out, ColumnFamily.ENTRIES, Keys.entry(1, 0x1112131415161718L));
    put(out, ColumnFamily.EXTENTS, Keys.extent(2, 1 << 20));
    put(out, ColumnFamily.XATTRS, Keys.xattr(3, SmallVolume.name("user.x")));
    put(out, ColumnFamily.PARENTS, Keys.parent(4, 1, 512));
    put(out, ColumnFamily.ZONES, Keys.zone(0x01020304));
    put(out, ColumnFamily.ORPHANS, Keys.inode(5));
    put(out, ColumnFamily.META, Keys.EXTENT_COUNT);
    return out.flip();
  }

  private static void put(ByteBuffer out, ColumnFamily family, byte[] key) {
    out.put((byte) family.number()).put(key);
  }

  private static ByteBuffer nameHashes() {
    ByteBuffer out = ByteBuffer.allocate(4096);
    for (UUID filesystem : List.of(SmallVolume.FILESYSTEM, new UUID(0, 0))) {
      Directory directory = new Directory(filesystem);
      for (String name : List.of("a", "b", "file-0001.dat", "Größe", "x".repeat(255))) {
        out.putLong(directory.firstCookie(SmallVolume.name(name)));
      }
    }
    return out.flip();
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.zonemgr.BlockChecksums;

/**
 * What a batch makes of the extents of a file: always what the plain way makes of them, and never
 * with memory for each extent that it drops.
 */
class ExtentResolverTest {
  private static final long INODE = 7;
  private static final UUID FILESYSTEM = new UUID(7, 7);
  private static final int MANY = 100_000;
  private static final int BLOCK = 4096;
  private static final ExtentChanges.Remainders NO_ZONES = (inode, extent) -> false;

  private final DirtyMemory memory = new DirtyMemory(64 << 20, 64 << 20, () -> 0, () -> false);
  private final DeviceGeometry geometry;

  /** No ranges are counted. */
  private final CountedRanges none;

  ExtentResolverTest() throws IOException {
    try (RamZonedDevice drive =
        RamZonedDevice.create(EmulatedGeometry.builder(64L << 20).zoneSizeBytes(1 << 20).build())) {
      geometry = drive.geometry();
    }
    none = new CountedRanges(() -> geometry);
  }

  private static MetadataStore store() throws IOException {
    return new CachingMetadataStore(new MemoryMetadataStores().create(), 1 << 20);
  }

  /** What a resolver tells of; like a commit, it keeps counted ranges current. */
  private final class Recorded implements ExtentChanges.LiveCount {
    final NavigableMap<Integer, Long> live = new TreeMap<>();
    final CountedRanges counted;
    final Map<CountedRange, ExtentSums> inCounted = new HashMap<>();
    final List<CountedRange> dropped = new ArrayList<>();
    long extents;

    Recorded() {
      this(none);
    }

    Recorded(CountedRanges counted) {
      this.counted = counted;
    }

    void applied() {
      counted.remove(dropped);
      inCounted.forEach((range, change) -> range.sums().add(change));
    }

    @Override
    public void drop(CountedRange range) {
      range.sums().zoneBytes().forEach((zone, bytes) -> live.merge(zone, -bytes, Long::sum));
      extents -= range.sums().placed();
      dropped.add(range);
    }

    @Override
    public void count(long inode, Extent extent, int sign) {
      for (CountedRange range : counted.of(inode)) {
        if (range.counts(extent)) {
          inCounted
              .computeIfAbsent(range, first -> new ExtentSums(() -> geometry))
              .count(extent, sign);
        }
      }
      PhysicalExtent placed = extent.placed();
      if (placed != null) {
        int zone = geometry.zoneOf(placed.positionBytes());
        live.merge(zone, (long) sign * extent.length(), Long::sum);
        extents += sign;
      }
    }
  }

  private static long extentsInZones(MetadataReader index) throws IOException {
    long[] count = {0};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(INODE, 1),
        Keys.extent(INODE + 1, 0),
        (key, value) -> {
          count[0] += Extent.decode(Keys.extentEnd(key), value).placed() == null ? 0 : 1;
          return true;
        });
    return count[0];
  }

  private PhysicalExtent place(Random random, int length) {
    int granules = (length + BLOCK - 1) / BLOCK;
    long blocks = geometry.capacityBytes() / BLOCK - granules;
    long position = random.nextLong(blocks) * BLOCK;
    return PhysicalExtent.whole(position, length, new BlockChecksums(12, new int[granules]));
  }

  private static NavigableMap<String, String> content(MetadataReader index) throws IOException {
    TreeMap<String, String> content = new TreeMap<>();
    for (ColumnFamily family : List.of(ColumnFamily.EXTENTS, ColumnFamily.STAGED)) {
      index.scan(
          family,
          new byte[0],
          null,
          (key, value) -> {
            content.put(
                family + " " + HexFormat.of().formatHex(key), HexFormat.of().formatHex(value));
            if (!Arrays.equals(index.get(family, key), value)) {
              throw new AssertionError("a scan and a look-up differ");
            }
            return true;
          });
    }
    return content;
  }

  /** Random content for random ranges, now and then over all of the file. */
  private void change(FileDelta delta, Random random, int fileBytes) {
    int pieces = 1 + random.nextInt(random.nextBoolean() ? 4 : 200);
    int unplacedBytes = 0;
    for (int piece = 0; piece < pieces; piece++) {
      int from = random.nextInt(fileBytes);
      int most = random.nextInt(8) == 0 ? fileBytes : 1 + random.nextInt(300);
      int to = Math.min(fileBytes, from + 1 + random.nextInt(most));
      switch (random.nextInt(5)) {
        case 0 -> delta.punch(from, random.nextInt(20) == 0 ? Long.MAX_VALUE : to, memory);
        case 1 -> {
          // No commit carries more than this in its record.
          byte[] bytes = new byte[Math.min(to - from, Extent.MAX_INLINE_BYTES - unplacedBytes)];
          unplacedBytes += bytes.length;
          random.nextBytes(bytes);
          if (bytes.length > 0) {
            delta.write(from, ByteBuffer.wrap(bytes), memory, (run, at) -> {});
          }
        }
        case 2 -> delta.install(from, WriteBuffer.lost(to - from), memory);
        default -> delta.install(from, WriteBuffer.inZone(place(random, to - from)), memory);
      }
    }
    if (random.nextInt(30) == 0) {
      delta.delete(memory);
    }
    delta.normalize(memory);
  }

  /** Seeds from 1 on; more of them with {@code -Dzonefsj.sequences=N}. */
  static IntStream seeds() {
    return IntStream.rangeClosed(1, Integer.getInteger("zonefsj.sequences", 5));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void makesOfEveryBatchWhatThePlainWayMakesOfIt(int seed) throws IOException {
    compareWithThePlainWay(seed, false);
  }

  /** Whatever commits between the slices of the counting, and while the sums wait. */
  @ParameterizedTest
  @MethodSource("seeds")
  void makesTheSameOfRangesThatWereCountedBefore(int seed) throws IOException {
    compareWithThePlainWay(seed, true);
  }

  private void compareWithThePlainWay(int seed, boolean isCounted) throws IOException {
    Random random = new Random(seed);
    int fileBytes = 1 << (8 + random.nextInt(12));
    DeleteLimits limits =
        List.of(
                new DeleteLimits(0, 0),
                new DeleteLimits(400, Long.MAX_VALUE),
                new DeleteLimits(Long.MAX_VALUE, 4000),
                DeleteLimits.NONE)
            .get(random.nextInt(4));
    try (MetadataStore expected = store();
        MetadataStore actual = store()) {
      for (MetadataStore both : List.of(expected, actual)) {
        // Neighbours that nothing may touch.
        BatchRecord.Builder neighbours = new BatchRecord.Builder();
        for (long inode : new long[] {INODE - 1, INODE + 1}) {
          for (long end : new long[] {0, 10, 300, Long.MAX_VALUE - 1}) {
            neighbours.put(ColumnFamily.EXTENTS, Keys.extent(inode, end), Keys.number(end));
            neighbours.put(ColumnFamily.STAGED, Keys.extent(inode, end), new byte[0]);
          }
        }
        both.apply(neighbours.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      }
      long extents = 0;
      long drops = 0;
      CountedRanges ranges = new CountedRanges(() -> geometry);
      Counting counting = new Counting(ranges, actual);
      for (int batch = 2; batch < 150; batch++) {
        if (isCounted) {
          counting.goOn(random, fileBytes);
        }
        FileDelta delta = new FileDelta(INODE, bytes -> {});
        change(delta, random, fileBytes);
        if (isCounted && !delta.isDeleted() && random.nextBoolean()) {
          counting.dropOne(delta, random);
        }
        BatchRecord.Builder plain = new BatchRecord.Builder();
        FormerResolver former = new FormerResolver(expected, geometry, plain);
        former.resolve(delta);
        BatchRecord.Builder record = new BatchRecord.Builder();
        Recorded recorded = new Recorded(ranges);
        new ExtentResolver(actual, record, limits, recorded, NO_ZONES, ranges).resolve(delta);
        drops += recorded.dropped.size();
        assertThat(withoutZeros(recorded.live)).isEqualTo(withoutZeros(former.liveChanges));
        assertThat(recorded.extents).isEqualTo(former.extentChange);
        extents += recorded.extents;
        expected.apply(plain.build(), new AppliedPosition(FILESYSTEM, batch, batch));
        actual.apply(record.build(), new AppliedPosition(FILESYSTEM, batch, batch));
        recorded.applied();
        assertThat(content(actual)).as("batch %d", batch).isEqualTo(content(expected));
        assertThat(extents).as("batch %d", batch).isEqualTo(extentsInZones(actual));
      }
      assertThat(drops > 0).as("counted ranges were used").isEqualTo(isCounted);
    }
  }

  /** Ranges that are counted now and then, some extents at a time, between batches. */
  private final class Counting {
    private final CountedRanges ranges;
    private final MetadataReader index;

    Counting(CountedRanges ranges, MetadataReader index) {
      this.ranges = ranges;
      this.index = index;
    }

    void goOn(Random random, int fileBytes) throws IOException {
      if (random.nextInt(3) == 0) {
        long from = random.nextInt(4) == 0 ? 0 : random.nextInt(fileBytes);
        long to =
            random.nextInt(3) == 0
                ? Long.MAX_VALUE
                : Math.min(fileBytes, from + 1 + random.nextInt(fileBytes));
        if (from < to) {
          ranges.add(INODE, from, to);
        }
      }
      for (CountedRange range : ranges.of(INODE)) {
        if (random.nextBoolean()) {
          count(range, random.nextInt(3) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(20));
        }
      }
    }

    private void count(CountedRange range, int most) throws IOException {
      ExtentCounter.countSlice(index, range, most);
    }

    /** Punches a range of which all is counted, and now and then writes into the hole. */
    void dropOne(FileDelta delta, Random random) {
      List<CountedRange> usable = ranges.of(INODE).stream().filter(CountedRange::isUsable).toList();
      if (usable.isEmpty()) {
        return;
      }
      CountedRange range = usable.get(random.nextInt(usable.size()));
      long from = Math.max(0, range.from() - random.nextInt(300));
      long to = range.to() == Long.MAX_VALUE ? range.to() : range.to() + (long) random.nextInt(300);
      delta.punch(from, to, memory);
      if (random.nextBoolean()) {
        long at = from + random.nextInt((int) Math.min(10_000, to - from));
        byte[] bytes = new byte[1 + random.nextInt(300)];
        delta.write(at, ByteBuffer.wrap(bytes), memory, (run, offset) -> {});
      }
      delta.normalize(memory);
    }
  }

  private static NavigableMap<Integer, Long> withoutZeros(Map<Integer, Long> changes) {
    TreeMap<Integer, Long> rest = new TreeMap<>(changes);
    rest.values().removeIf(change -> change == 0);
    return rest;
  }

  /** Many extents of a block each, made as they are asked for; every fourth is staged. */
  private final class LongFile implements MetadataReader {
    long visited;

    private byte[] extent(long number) {
      long start = number * BLOCK;
      Extent extent =
          number % 4 == 3
              ? Extent.inline(start, new byte[BLOCK])
              : Extent.placed(
                  start,
                  PhysicalExtent.whole(
                      number * BLOCK % geometry.capacityBytes(),
                      BLOCK,
                      new BlockChecksums(12, new int[1])));
      return extent.encode();
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
      return Keys.extentEnd(key) == 0 ? Keys.number((long) MANY * BLOCK) : null;
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      assertThat(family).isEqualTo(ColumnFamily.EXTENTS);
      long firstEnd = Keys.extentEnd(from);
      if (firstEnd == 0 && !visitor.visit(from, Keys.number((long) MANY * BLOCK))) {
        return;
      }
      for (long number = Math.max(0, (firstEnd + BLOCK - 1) / BLOCK - 1); number < MANY; number++) {
        visited++;
        if (!visitor.visit(Keys.extent(INODE, (number + 1) * BLOCK), extent(number))) {
          return;
        }
      }
    }
  }

  private record Change(String what, long end) {}

  private List<Change> resolve(FileDelta delta, LongFile file, int[] bytes) throws IOException {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    new ExtentResolver(file, builder, DeleteLimits.NONE, new Recorded(), NO_ZONES, none)
        .resolve(delta);
    BatchRecord record = builder.build();
    bytes[0] = record.bytes().remaining();
    List<Change> changes = new ArrayList<>();
    record.forEach(
        new zonefsj.fs.meta.MetadataBatch.Sink() {
          @Override
          public void put(ColumnFamily family, byte[] key, byte @Nullable [] value)
              throws IOException {
            changes.add(
                new Change((value == null ? "delete " : "put ") + family, Keys.extentEnd(key)));
          }

          @Override
          public void deleteRange(ColumnFamily family, byte[] from, byte[] to) throws IOException {
            changes.add(new Change("range " + family, Keys.extentEnd(from)));
          }
        });
    return changes;
  }

  @Test
  void truncatingManyExtentsIsOneRange() throws IOException {
    FileDelta delta = new FileDelta(INODE, bytes -> {});
    delta.punch(100, Long.MAX_VALUE, memory);
    LongFile file = new LongFile();
    int[] bytes = {0};
    assertThat(resolve(delta, file, bytes))
        .containsExactly(
            new Change("range EXTENTS", 101),
            new Change("range STAGED", 101),
            new Change("put EXTENTS", 100),
            new Change("put EXTENTS", 0));
    assertThat(bytes[0]).isLessThan(400);
    assertThat(file.visited).isEqualTo(MANY);
  }

  @Test
  void holesAndWritesOverManyExtentsTakeMemoryForEachOfThemOnly() throws IOException {
    FileDelta delta = new FileDelta(INODE, bytes -> {});
    long half = (long) MANY / 2 * BLOCK;
    delta.punch(BLOCK + 1, half - 1, memory);
    delta.punch(half + 1, (long) (MANY - 1) * BLOCK + 1, memory);
    delta.write(half / 2, ByteBuffer.wrap(new byte[BLOCK]), memory, (run, at) -> {});
    delta.normalize(memory);
    LongFile file = new LongFile();
    int[] bytes = {0};
    List<Change> changes = resolve(delta, file, bytes);
    assertThat(changes)
        .containsExactly(
            new Change("range EXTENTS", BLOCK + 2),
            new Change("range STAGED", BLOCK + 2),
            new Change("put EXTENTS", BLOCK + 1),
            new Change("put EXTENTS", half / 2 + BLOCK),
            new Change("put STAGED", half / 2 + BLOCK),
            new Change("range EXTENTS", half / 2 + BLOCK + 1),
            new Change("range STAGED", half / 2 + BLOCK + 1),
            new Change("put EXTENTS", half),
            new Change("put STAGED", half),
            new Change("range EXTENTS", half + 2),
            new Change("range STAGED", half + 2),
            new Change("put EXTENTS", half + 1),
            new Change("put EXTENTS", (long) MANY * BLOCK),
            new Change("put STAGED", (long) MANY * BLOCK),
            new Change("put EXTENTS", 0));
    assertThat(bytes[0]).isLessThan(10_000);
    assertThat(file.visited).isLessThan(MANY + 10);
  }

  /** A batch counts for each interval, and does not know what that replaces. */
  @Test
  void manyDeletesTakeNoMoreThanTheirBatchCounted() throws IOException {
    long[] counted = {0};
    BatchRecord.Builder record =
        deletesOfManyFiles(new DeleteLimits(20_000, Long.MAX_VALUE), counted);
    assertThat((long) record.lengthBytes()).isLessThan(20_000 + counted[0]);
  }

  /** A delete takes 131 bytes where changes wait for the host, and 19 in the record. */
  @Test
  void manyDeletesTakeNoMoreMemoryThanTheyMay() throws IOException {
    BatchRecord.Builder record =
        deletesOfManyFiles(new DeleteLimits(Long.MAX_VALUE, 500_000), new long[1]);
    long held =
        record.lengthBytes()
            + (long) record.changes() * BufferingMetadataStore.ENTRY_OVERHEAD_BYTES;
    // Each file has a range in both families, and its number of allocated bytes.
    assertThat(held).isLessThan(500_000 + 1000 * 500);
  }

  private BatchRecord.Builder deletesOfManyFiles(DeleteLimits limits, long[] counted)
      throws IOException {
    int files = 1000;
    int extents = ExtentChanges.MAX_POINT_DELETES;
    BatchRecord.Builder before = new BatchRecord.Builder();
    for (long inode = 1; inode <= files; inode++) {
      for (int extent = 1; extent <= extents; extent++) {
        int end = extent * BLOCK;
        before.put(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, end),
            Extent.inline(end - BLOCK, new byte[BLOCK]).encode());
        before.put(ColumnFamily.STAGED, Keys.extent(inode, end), new byte[0]);
      }
    }
    BatchRecord.Builder record = new BatchRecord.Builder();
    try (MetadataStore index = store()) {
      index.apply(before.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      ExtentResolver resolver =
          new ExtentResolver(index, record, limits, new Recorded(), NO_ZONES, none);
      for (long inode = 1; inode <= files; inode++) {
        FileDelta delta = new FileDelta(inode, bytes -> counted[0] += bytes);
        delta.punch(0, Long.MAX_VALUE, memory);
        resolver.resolve(delta);
      }
    }
    return record;
  }

  /** A batch counts for an interval less than it may leave of an inline extent. */
  @Test
  void whatIsLeftOfInlineExtentsTakesNoMoreThanTheBatchCounted() throws IOException {
    int files = 200;
    int shortRecordBytes = 20_000;
    BatchRecord.Builder before = new BatchRecord.Builder();
    for (long inode = 1; inode <= files; inode++) {
      byte[] key = Keys.extent(inode, 4 * BLOCK);
      before.put(ColumnFamily.EXTENTS, key, Extent.inline(BLOCK, new byte[3 * BLOCK]).encode());
      before.put(ColumnFamily.STAGED, key, new byte[0]);
    }
    long[] counted = {0};
    Random random = new Random(3);
    Recorded recorded = new Recorded();
    BatchRecord.Builder record = new BatchRecord.Builder();
    try (MetadataStore index = store()) {
      index.apply(before.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      InlineRemainders remainders =
          new InlineRemainders(
              record,
              recorded,
              (data, newBytes) -> {
                assertThat(newBytes).isZero();
                return data.stream()
                    .map(
                        one -> {
                          int bytes = one.bytes().remaining();
                          return List.of(
                              place(random, bytes / 2), place(random, bytes - bytes / 2));
                        })
                    .toList();
              });
      ExtentResolver resolver =
          new ExtentResolver(
              index,
              record,
              new DeleteLimits(shortRecordBytes, Long.MAX_VALUE),
              recorded,
              remainders,
              none);
      for (long inode = 1; inode <= files; inode++) {
        FileDelta delta = new FileDelta(inode, bytes -> counted[0] += bytes);
        delta.punch(2 * BLOCK, 2 * BLOCK + 1, memory);
        delta.punch(4 * BLOCK - 1, Long.MAX_VALUE, memory);
        resolver.resolve(delta);
      }
      remainders.finish();
      assertThat((long) record.lengthBytes()).isLessThan(shortRecordBytes + 3 * BLOCK + counted[0]);
      index.apply(record.build(), new AppliedPosition(FILESYSTEM, 2, 2));
      assertThat(recorded.extents).isGreaterThan(files);
      for (long inode = files / 2; inode <= files; inode++) {
        List<Long> ends = new ArrayList<>();
        index.scan(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, 1),
            Keys.extent(inode + 1, 0),
            (key, value) -> {
              assertThat(Extent.decode(Keys.extentEnd(key), value).placed()).isNotNull();
              ends.add(Keys.extentEnd(key));
              return index.get(ColumnFamily.STAGED, key) == null;
            });
        assertThat(ends)
            .as("inode %d", inode)
            .containsExactly(
                BLOCK * 3L / 2, BLOCK * 2L, 2L * BLOCK + 1 + (2 * BLOCK - 2) / 2, 4L * BLOCK - 1);
      }
    }
  }

  @Test
  void aLongWriteOverBlocksDropsThemOneByOne() throws IOException {
    FileDelta delta = new FileDelta(INODE, bytes -> {});
    delta.install(100, WriteBuffer.inZone(place(new Random(1), 1 << 20)), memory);
    List<Change> changes = resolve(delta, new LongFile(), new int[1]);
    assertThat(changes).noneMatch(change -> change.what().startsWith("range"));
    assertThat(changes).filteredOn(new Change("delete EXTENTS", BLOCK)::equals).hasSize(1);
  }

  /** Of damaged extents that overlap, the count might know one and not the other. */
  @Test
  void aRangeWithExtentsThatOverlapIsNotCounted() throws IOException {
    CountedRanges ranges = new CountedRanges(() -> geometry);
    CountedRange range = ranges.add(INODE, 10, Long.MAX_VALUE).get(0);
    try (MetadataStore index = store()) {
      BatchRecord.Builder crafted = new BatchRecord.Builder();
      for (Extent extent : List.of(Extent.lost(10, 10), Extent.lost(5, 25))) {
        crafted.put(ColumnFamily.EXTENTS, Keys.extent(INODE, extent.end()), extent.encode());
      }
      index.apply(crafted.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      while (range.isUnfinished()) {
        ExtentCounter.countSlice(index, range, 1);
      }
      assertThat(range.isUsable()).isFalse();
      FileDelta delta = new FileDelta(INODE, bytes -> {});
      delta.punch(10, Long.MAX_VALUE, memory);
      BatchRecord.Builder record = new BatchRecord.Builder();
      new ExtentResolver(index, record, DeleteLimits.NONE, new Recorded(ranges), NO_ZONES, ranges)
          .resolve(delta);
      index.apply(record.build(), new AppliedPosition(FILESYSTEM, 2, 2));
      assertThat(contentAt(index, 7)).isEqualTo("lost");
      assertThat(contentAt(index, 12)).isEqualTo("hole");
    }
  }

  /** What a reader finds: of extents that overlap, the one that ends first. */
  private static String contentAt(MetadataReader index, long offset) throws IOException {
    String[] found = {"hole"};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(INODE, offset + 1),
        Keys.extent(INODE + 1, 0),
        (key, value) -> {
          Extent extent = Extent.decode(Keys.extentEnd(key), value);
          if (extent.start() <= offset) {
            found[0] = extent.isLost() ? "lost" : "data";
          }
          return false;
        });
    return found[0];
  }

  @Test
  void aWriteOverManyExtentsThatOverlapChangesFew() throws IOException {
    int extents = 20_000;
    try (MetadataStore index = store()) {
      BatchRecord.Builder crafted = new BatchRecord.Builder();
      for (int end = BLOCK; end < BLOCK + extents; end++) {
        crafted.put(ColumnFamily.EXTENTS, Keys.extent(INODE, end), Extent.lost(0, end).encode());
      }
      index.apply(crafted.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      FileDelta delta = new FileDelta(INODE, bytes -> {});
      delta.write(0, ByteBuffer.wrap(new byte[100]), memory, (run, at) -> {});
      delta.write(200, ByteBuffer.wrap(new byte[100]), memory, (run, at) -> {});
      BatchRecord.Builder record = new BatchRecord.Builder();
      new ExtentResolver(index, record, DeleteLimits.NONE, new Recorded(), NO_ZONES, none)
          .resolve(delta);
      assertThat(record.changes()).isLessThan(10);
      index.apply(record.build(), new AppliedPosition(FILESYSTEM, 2, 2));
      assertThat(contentAt(index, 0)).isEqualTo("data");
      assertThat(contentAt(index, 150)).isEqualTo("lost");
      assertThat(contentAt(index, 299)).isEqualTo("data");
      assertThat(contentAt(index, 300)).isEqualTo("lost");
      assertThat(contentAt(index, BLOCK + extents - 2)).isEqualTo("lost");
    }
  }
}

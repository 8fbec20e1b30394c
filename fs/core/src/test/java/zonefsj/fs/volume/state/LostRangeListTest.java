// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.LostRange.Why;

/** One damaged place is one range, and the records say the same as the list. */
class LostRangeListTest {
  private static final int BLOCK = 4096;

  private final LostRangeList list = new LostRangeList();
  private long now = 1000;

  private LostRange range(long inode, int from, int to, long extent, boolean exact) {
    now++;
    long position = extent < 0 ? LostRange.NOWHERE : extent + (long) from * BLOCK;
    Why why = extent < 0 ? Why.GIVEN_UP : Why.UNREADABLE;
    return new LostRange(
        inode, (long) from * BLOCK, (long) to * BLOCK, position, why, exact, now, now, 1);
  }

  /** The listed blocks of a file as {@code from-to}. */
  private List<String> listed(long inode) {
    return list.of(inode).stream().map(one -> one.from() / BLOCK + "-" + one.to() / BLOCK).toList();
  }

  @Test
  void whatIsFoundAgainCountsUp() {
    list.insert(range(5, 2, 4, 0, true));
    list.insert(range(5, 2, 4, 0, true));
    assertThat(list.of(5))
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.times()).isEqualTo(2);
              assertThat(one.lastMillis()).isGreaterThan(one.firstMillis());
            });
  }

  @Test
  void rangesSideBySideBecomeOne() {
    list.insert(range(5, 0, 1, 0, true));
    list.insert(range(5, 2, 3, 0, true));
    assertThat(listed(5)).containsExactly("0-1", "2-3");
    list.insert(range(5, 1, 2, 0, true));
    assertThat(listed(5)).containsExactly("0-3");
    assertThat(listed(6)).isEmpty();
  }

  @Test
  void anotherExtentTakesThePlaceOfWhatItContradicts() {
    list.insert(range(5, 0, 6, 0, true));
    list.insert(range(5, 2, 4, 1L << 30, true));
    assertThat(listed(5)).containsExactly("0-2", "2-4", "4-6");
    assertThat(list.of(5).get(1).positionBytes()).isEqualTo((1L << 30) + 2 * BLOCK);
  }

  /** A reader met a range of which some is lost; a scrub had found which. */
  @Test
  void anExactRangeExplainsAnInexactOne() {
    list.insert(range(5, 3, 4, 0, true));
    assertThat(list.explains(range(5, 0, 8, 0, false))).isTrue();
    list.insert(range(5, 0, 8, 0, false));
    assertThat(listed(5)).containsExactly("3-4");
    assertThat(list.of(5).get(0).exact()).isTrue();
    assertThat(list.explains(range(5, 4, 8, 0, false))).isFalse();
  }

  @Test
  void whatCanBeReadAgainIsCutOut() {
    list.insert(range(5, 0, 8, 0, true));
    LostRange read = range(5, 2, 4, 0, true);
    assertThat(list.cutOutPartsOf(read)).singleElement().matches(old -> old.contains(read));
    assertThat(listed(5)).containsExactly("0-2", "4-8");
    assertThat(list.cutOutPartsOf(range(5, 0, 8, 1L << 30, true))).isEmpty();
  }

  @Test
  void aFullListCountsWhatItCannotTake() {
    for (int inode = 1; inode <= LostRangeList.MOST; inode++) {
      list.insert(range(inode, 0, 1, 0, true));
    }
    assertThat(list.unlisted().isNone()).isTrue();
    list.insert(range(LostRangeList.MOST + 1, 0, 1, 0, true));
    assertThat(list.ranges()).hasSize(LostRangeList.MOST);
    assertThat(list.unlisted().findings()).isEqualTo(1);
    list.scrubBegins();
    list.scrubbed(now);
    assertThat(list.unlisted().isNone()).as("a scrub listed all that it found").isTrue();
  }

  @Test
  void aScrubThatOverflowsLeavesTheCount() {
    list.scrubBegins();
    list.overflow(range(1, 0, 1, 0, true));
    list.scrubbed(now);
    assertThat(list.unlisted().findings()).isEqualTo(1);
  }

  /** What the drive has after any number of changes and records is the list. */
  @Test
  void recordsAndListAgree() throws IOException {
    for (long seed = 0; seed < 50; seed++) {
      checkRandomChanges(seed);
    }
  }

  private static void checkRandomChanges(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    LostRangeListTest test = new LostRangeListTest();
    Map<ByteBuffer, byte[]> stored = new HashMap<>();
    Map<Long, TreeMap<Integer, Long>> model = new HashMap<>();
    for (int step = 0; step < 200; step++) {
      long inode = 1L + random.nextInt(3);
      int from = random.nextInt(20);
      int to = from + 1 + random.nextInt(6);
      long extent = random.nextInt(8) == 0 ? -1 : random.nextInt(3) * (1L << 30);
      LostRange range = test.range(inode, from, to, extent, true);
      TreeMap<Integer, Long> blocks = model.computeIfAbsent(inode, any -> new TreeMap<>());
      if (random.nextInt(3) > 0) {
        test.list.insert(range);
        for (int block = from; block < to; block++) {
          blocks.put(block, extent);
        }
      } else {
        test.list.cutOutPartsOf(range);
        for (int block = from; block < to; block++) {
          blocks.remove(block, extent);
        }
      }
      assertThat(blocksOf(test.list.of(inode))).as("seed %s step %s", seed, step).isEqualTo(blocks);
      if (random.nextInt(10) == 0) {
        store(test.list, stored, 1 + random.nextInt(5));
      }
    }
    while (test.list.isUnsaved()) {
      store(test.list, stored, 5);
    }
    List<LostRange> decoded = new ArrayList<>();
    for (Map.Entry<ByteBuffer, byte[]> one : stored.entrySet()) {
      decoded.add(LostRange.decode(one.getKey().array(), one.getValue()));
    }
    assertThat(decoded).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(test.list.ranges());
  }

  /** The extent of each listed block; -1 if it was given up. */
  private static Map<Integer, Long> blocksOf(List<LostRange> ranges) {
    Map<Integer, Long> blocks = new TreeMap<>();
    for (LostRange range : ranges) {
      for (long at = range.from(); at < range.to(); at += BLOCK) {
        long extent = range.isNowhere() ? -1 : range.positionBytes() - range.from();
        assertThat(blocks.put((int) (at / BLOCK), extent)).as("listed twice").isNull();
      }
    }
    return blocks;
  }

  private static void store(LostRangeList list, Map<ByteBuffer, byte[]> stored, int most)
      throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    list.putInto(record, most);
    record
        .build()
        .forEach(
            new MetadataBatch.Sink() {
              @Override
              public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
                if (value == null) {
                  stored.remove(ByteBuffer.wrap(key));
                } else {
                  stored.put(ByteBuffer.wrap(key), value);
                }
              }

              @Override
              public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
                throw new AssertionError("no range is deleted");
              }
            });
  }
}

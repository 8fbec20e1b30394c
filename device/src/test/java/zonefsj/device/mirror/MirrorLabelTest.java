// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.mirror.MirrorLabel.Next;
import zonefsj.device.mirror.MirrorLabel.Seen;

/**
 * The golden bytes of a label, computed by an independent program; and which of two labels counts.
 */
class MirrorLabelTest {
  private static final UUID SET = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final String GOLDEN =
      "5a464a4d495252000200000043ec59347766554433221100ffeeddccbbaa9988"
          + "0300000001000000070000000000000005000000010000004400000002000000"
          + "0100000000000000020000000000000007000000000000000100000000000000"
          + "0300000000000000040000000000000005000000000000000600000000000000"
          + "0700000000000000060000000000000000000000000000000000000000000000"
          + "0200000000000000";
  private static final List<Seen> SEEN =
      List.of(new Seen(1, 2, 7), new Seen(1, 3, 4), new Seen(5, 6, 7));
  private static final MirrorLabel LABEL =
      new MirrorLabel(SET, 3, 1, 68, 7, 5, true, 2, SEEN, BitSet.valueOf(new long[] {6}), last());

  private static BitSet last() {
    BitSet last = new BitSet();
    last.set(65);
    return last;
  }

  private static ByteBuffer golden() {
    return ByteBuffer.allocate(512).put(HexFormat.of().parseHex(GOLDEN)).clear();
  }

  @Test
  void bytesStay() {
    ByteBuffer block = LABEL.encode(512);
    assertThat(block.remaining()).isEqualTo(512);
    byte[] bytes = new byte[512];
    block.get(bytes);
    assertThat(HexFormat.of().formatHex(bytes, 0, GOLDEN.length() / 2)).isEqualTo(GOLDEN);
    assertThat(bytes).endsWith(new byte[512 - GOLDEN.length() / 2]);
    assertThat(MirrorLabel.decode(golden())).contains(LABEL);
  }

  @Test
  void aDamagedLabelIsNone() {
    for (int bit = 0; bit < GOLDEN.length() * 4; bit++) {
      ByteBuffer block = golden();
      block.put(bit / 8, (byte) (block.get(bit / 8) ^ 1 << (bit % 8)));
      assertThat(MirrorLabel.decode(block)).as("bit %d", bit).isEmpty();
    }
    assertThat(MirrorLabel.decode(ByteBuffer.allocate(512))).isEmpty();
    assertThat(MirrorLabel.decode(ByteBuffer.allocate(16))).isEmpty();
  }

  /** Of many zones. */
  @Test
  void aLabelOfSeveralBlocksIsWholeOrNone() {
    MirrorLabel label =
        MirrorLabel.first(SET, 32, 50_000, 7)
            .next(new Next(1, false, 2, last(), new BitSet()), 1000);
    ByteBuffer blocks = label.encode(4096);
    assertThat(blocks.remaining()).isEqualTo(4 * 4096);
    assertThat(MirrorLabel.lengthBytes(blocks.duplicate().limit(4096))).hasValue(64 + 768 + 12_512);
    assertThat(MirrorLabel.decode(blocks)).contains(label);
    assertThat(MirrorLabel.decode(blocks.duplicate().limit(3 * 4096))).isEmpty();
  }

  /** The checksum is right, the numbers are not. */
  @Test
  void impossibleNumbersAreRefused() {
    MirrorLabel first = MirrorLabel.first(SET, 3, 66, 7);
    MirrorLabel[] impossible = {
      with(33, 1, 66, 7, 1),
      with(0, 0, 66, 7, 1),
      with(3, 3, 66, 7, 1),
      with(3, -1, 66, 7, 1),
      with(3, 1, 2, 7, 1),
      with(3, 1, 66, -1, 1),
      with(3, 1, 66, Long.MAX_VALUE, 1),
      with(3, 1, 66, 7, 0),
      with(3, 1, 66, 7, 8),
    };
    for (MirrorLabel label : impossible) {
      assertThat(MirrorLabel.decode(label.encode(4096))).as("%s", label).isEmpty();
    }
    assertThat(MirrorLabel.decode(first.encode(4096))).contains(first);
    for (int zones : new int[] {64 << 20, Integer.MAX_VALUE - 60, Integer.MAX_VALUE}) {
      ByteBuffer block = golden().order(ByteOrder.LITTLE_ENDIAN).putInt(56, zones);
      assertThat(MirrorLabel.lengthBytes(block)).as("%d zones", zones).isEmpty();
      assertThat(MirrorLabel.decode(block)).as("%d zones", zones).isEmpty();
    }
  }

  private static MirrorLabel with(int count, int index, int zones, long event, int current) {
    List<Seen> seen = Collections.nCopies(count, new Seen(1, 1, 1));
    return new MirrorLabel(
        SET, count, index, zones, event, current, true, 0, seen, new BitSet(), new BitSet());
  }

  private static MirrorLabel next(MirrorLabel before, int current, long step) {
    return before
        .next(new Next(current, false, ~current & 7, new BitSet(), new BitSet()), step)
        .confirmed();
  }

  /** However often another one has left and returned meanwhile. */
  @Test
  void anOldMemberIsOld() {
    MirrorLabel old = MirrorLabel.first(SET, 3, 66, 7).of(2);
    MirrorLabel now = next(old, 0b011, 3);
    for (int times = 0; times < 100; times++) {
      now = next(now, 0b001, 3);
      now = next(now, 0b011, 3);
    }
    assertThat(now.of(0).isInLine(old)).isTrue();
    assertThat(old.isInLine(now.of(0))).isFalse();
    assertThat(now.of(0).tracks(old)).isTrue();
    assertThat(LabelLine.newest(List.of(old, now.of(0), now.of(1)))).contains(now.of(0));
  }

  /** Nothing but what each was told of the last common label says which one is older. */
  @Test
  void aMemberThatLeftBeforeTheOtherOneReturnedIsOld() {
    MirrorLabel first = MirrorLabel.first(SET, 3, 66, 7);
    MirrorLabel two = next(first, 0b011, 1);
    MirrorLabel alone = next(two, 0b001, 1);
    MirrorLabel both = next(alone, 0b101, 1);
    MirrorLabel other = next(both, 0b100, 1);
    assertThat(LabelLine.newest(List.of(two.of(1), other.of(2)))).contains(other.of(2));
    assertThat(LabelLine.newest(List.of(other.of(2), both.of(0)))).contains(other.of(2));
  }

  /** A copy of it was put back. */
  @Test
  void aMemberOfALongAgoIsOld() {
    MirrorLabel old = MirrorLabel.first(SET, 2, 66, 7);
    MirrorLabel now = next(next(next(old, 3, 1), 3, 1), 3, 1);
    assertThat(LabelLine.newest(List.of(old.of(0), now.of(1)))).contains(now.of(1));
    assertThat(now.of(1).tracks(old.of(0))).isFalse();
  }

  /** Also if the power failed before the second one took the label that the first one has. */
  @Test
  void membersThatWereWrittenApartAreFound() {
    MirrorLabel first = MirrorLabel.first(SET, 2, 66, 7);
    MirrorLabel crashed = first.next(new Next(3, false, 0, new BitSet(), new BitSet()), 5);
    MirrorLabel two = next(first, 0b10, 9).of(1);
    assertThat(LabelLine.newest(List.of(crashed.of(0), two))).contains(two);
    MirrorLabel one = next(crashed, 0b01, 2);
    assertThat(LabelLine.newest(List.of(one, two))).isEmpty();
    assertThat(LabelLine.apart(List.of(one, two))).containsExactly(one, two);
  }
}

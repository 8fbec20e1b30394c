// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.BlockChecksums;

/** What a checksum refuses is taken from another copy of the drive. */
class VerifiedReaderTest {
  private static final int BYTES = 2 << 20;
  private static final VerifiedReader.SecondLook NONE = group -> false;

  /** A drive of two copies, each with wrong bytes of its own; reads are answered by copy 1. */
  private static final class TwoCopies extends FilterZonedDevice {
    private final List<TreeSet<Long>> flipped = List.of(new TreeSet<>(), new TreeSet<>());
    private final Set<Integer> silent = new TreeSet<>();
    private final List<String> told = new ArrayList<>();
    private final Set<Long> unreadable = new TreeSet<>();
    private int calls;
    private int reads;
    private int copies = 2;

    TwoCopies(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public int copies() {
      calls++;
      return copies;
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      reads++;
      for (long position : unreadable) {
        if (position >= positionBytes && position < positionBytes + destination.remaining()) {
          throw new DeviceException(Reason.MEDIA, 0, "byte " + position + " cannot be read");
        }
      }
      copy(1, positionBytes, destination);
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      calls++;
      if (silent.contains(copy)) {
        throw new DeviceException(Reason.MEDIA, 0, "it does not answer");
      }
      copy(copy, positionBytes, destination);
    }

    private void copy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      int begin = destination.position();
      int length = destination.remaining();
      super.read(positionBytes, destination);
      for (long position : flipped.get(copy).subSet(positionBytes, positionBytes + length)) {
        int at = begin + (int) (position - positionBytes);
        destination.put(at, (byte) ~destination.get(at));
      }
    }

    @Override
    public void noteWrong(int copy, long positionBytes) {
      told.add(copy + "@" + positionBytes);
    }
  }

  private final byte[] content = new byte[BYTES];
  private final TwoCopies drive;
  private VerifiedReader reader;
  private final List<String> heard = new ArrayList<>();

  VerifiedReaderTest() throws IOException {
    new Random(1).nextBytes(content);
    RamZonedDevice ram =
        RamZonedDevice.create(EmulatedGeometry.builder(16 << 20).zoneSizeBytes(2 << 20).build());
    ram.write(0, ByteBuffer.wrap(content));
    drive = new TwoCopies(ram);
    reader = new VerifiedReader(drive);
    drive.calls = 0;
  }

  private void useOneCopy() {
    drive.copies = 1;
    reader = new VerifiedReader(drive);
  }

  private PhysicalExtent extent(int from, int length) {
    return PhysicalExtent.whole(
        from, length, BlockChecksums.of(ByteBuffer.wrap(content, from, length)));
  }

  private void check(PhysicalExtent... wanted) throws IOException {
    List<VerifiedReader.ReadRequest> requests = new ArrayList<>();
    for (PhysicalExtent one : wanted) {
      requests.add(new VerifiedReader.ReadRequest(one, ByteBuffer.allocate(one.lengthBytes())));
    }
    reader.readAll(requests, (position, length) -> heard.add(position + "+" + length));
    for (VerifiedReader.ReadRequest one : requests) {
      assertThat(one.destination().flip())
          .isEqualTo(
              ByteBuffer.wrap(
                  content, (int) one.data().firstBytePosition(), one.data().lengthBytes()));
    }
  }

  @Test
  void aReadThatVerifiesAsksNobody() throws IOException {
    drive.flipped.get(0).add(5000L);
    check(extent(0, 20_000), extent(30_000, 4000), extent(200_000, 600_000));
    assertThat(drive.calls).isZero();
    assertThat(heard).isEmpty();
  }

  @Test
  void aWrongGranuleComesFromTheOtherCopy() throws IOException {
    drive.flipped.get(1).add(5000L);
    check(extent(0, 20_000));
    assertThat(heard).containsExactly("4096+4096");
    assertThat(drive.told).containsExactly("1@4096");
  }

  @Test
  void severalGranulesOfALongExtentComeFromDifferentCopies() throws IOException {
    // Granules of 32 KiB that begin anywhere; several device reads.
    drive.flipped.get(1).addAll(List.of(100L + 40_000, 100L + 75_000, 100L + 1_700_000));
    // Copy 0 is wrong elsewhere, which nobody sees.
    drive.flipped.get(0).add(100L + 10);
    check(extent(100, 1_900_000));
    assertThat(heard)
        .containsExactly(
            (100 + 32_768) + "+32768",
            (100 + 2 * 32_768) + "+32768",
            (100 + 51 * 32_768) + "+32768");
    assertThat(drive.told).hasSize(3).allMatch(one -> one.startsWith("1@"));
  }

  @Test
  void theLastShortGranuleToo() throws IOException {
    drive.flipped.get(1).add(9_999L);
    check(extent(0, 10_000).slice(9000, 1000));
    assertThat(heard).containsExactly("8192+1808");
  }

  @Test
  void requestsInOneReadAreMendedEach() throws IOException {
    drive.flipped.get(1).addAll(List.of(1000L, 5000L));
    PhysicalExtent both = extent(0, 8192);
    check(both.slice(10, 500), both.slice(1000, 50), both.slice(4500, 2000));
    assertThat(heard).contains("0+4096", "4096+4096");
  }

  /** As the data of a file in two chunks, with the summary of the second between them. */
  @Test
  void aShortGapIsReadOver() throws IOException {
    useOneCopy();
    check(extent(4096, 500_000), extent(512_000, 500_000));
    assertThat(drive.reads).isEqualTo(1);
    check(extent(4096, 600_000), extent(650_000, 500_000));
    assertThat(drive.reads).as("a request of 1 MiB across it").isEqualTo(2);
    check(extent(4096, 4096), extent(1 << 20, 4096));
    assertThat(drive.reads).isEqualTo(4);
  }

  @Test
  void aLongRequestIsOneRead() throws IOException {
    check(extent(4096, 1 << 20));
    assertThat(drive.reads).isEqualTo(1);
    check(extent(100, 1 << 20));
    assertThat(drive.reads).as("one that is not aligned takes a block more").isEqualTo(2);
    check(extent(100, 1152 << 10));
    assertThat(drive.reads).as("it needs a block more than a cache takes").isEqualTo(4);
  }

  /** What cannot be read there would be a failure of the copy. */
  @Test
  void noGapOfACopyIsReadOver() throws IOException {
    check(extent(4096, 4096), extent(16_384, 4096));
    assertThat(drive.reads).isEqualTo(2);
  }

  @Test
  void whatLiesBetweenMayBeUnreadable() throws IOException {
    useOneCopy();
    drive.unreadable.add(10_000L);
    check(extent(0, 8192), extent(16_384, 8192));
    drive.reads = 0;
    check(extent(0, 8192), extent(16_384, 8192));
    assertThat(drive.reads).as("nobody waits for it again").isEqualTo(2);
    assertThatThrownBy(() -> check(extent(0, 4096), extent(8192, 4096)))
        .isInstanceOfSatisfying(
            DataDamagedException.class,
            damaged -> {
              assertThat(damaged.positionBytes()).isEqualTo(8192);
              assertThat(damaged.isUnreadable()).isTrue();
            });
  }

  @Test
  void whatBothCopiesHaveWrongIsDamage() {
    drive.flipped.get(0).add(5000L);
    drive.flipped.get(1).add(5001L);
    assertThatThrownBy(() -> check(extent(0, 20_000)))
        .isInstanceOfSatisfying(
            DataDamagedException.class,
            damaged -> {
              assertThat(damaged.positionBytes()).isEqualTo(4096);
              assertThat(damaged.lengthBytes()).isEqualTo(4096);
              assertThat(damaged.isUnreadable()).isFalse();
            });
    assertThat(heard).isEmpty();
    assertThat(drive.told).isEmpty();
  }

  @Test
  void aCopyThatDoesNotAnswerIsNotWrong() throws IOException {
    drive.flipped.get(1).add(5000L);
    drive.silent.add(1);
    check(extent(0, 20_000));
    assertThat(heard).as("no copy is known to be wrong").isEmpty();
    drive.silent.add(0);
    assertThatThrownBy(() -> check(extent(0, 20_000))).isInstanceOf(DataDamagedException.class);
  }

  @Test
  void aCopyThatDoesNotAnswerMayBeRight() {
    drive.flipped.get(1).add(5000L);
    drive.silent.add(0);
    assertThatThrownBy(() -> check(extent(0, 20_000)))
        .isInstanceOfSatisfying(
            DataDamagedException.class,
            damaged -> {
              assertThat(damaged.positionBytes()).isEqualTo(4096);
              assertThat(damaged.isUnreadable()).as("may be readable later").isTrue();
            });
    assertThat(drive.told).isEmpty();
  }

  /** In any order, longer than one read together, and one of them longer than that alone. */
  @Test
  void allOfManyAreVerifiedWithFewReads() throws IOException {
    useOneCopy();
    List<PhysicalExtent> many = new ArrayList<>();
    many.add(extent(0, (1 << 20) + 4096));
    for (int from = BYTES - 4096; from > 1 << 20; from -= 4096) {
      many.add(extent(from, 4096));
    }
    drive.reads = 0;
    assertThat(reader.allVerify(many, NONE)).isTrue();
    assertThat(drive.reads).isLessThanOrEqualTo(4);
    assertThat(reader.allVerify(List.of(), NONE)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, (1 << 20) + 5000, BYTES - 1})
  void oneWrongByteOfManyIsFound(int wrong) throws IOException {
    useOneCopy();
    List<PhysicalExtent> many = new ArrayList<>();
    many.add(extent(0, (1 << 20) + 4096));
    for (int from = BYTES - 4096; from > 1 << 20; from -= 4096) {
      many.add(extent(from, 4096));
    }
    drive.flipped.get(1).add((long) wrong);
    assertThat(reader.allVerify(many, NONE)).as("the next read is right").isTrue();
    drive.flipped.get(0).add((long) wrong);
    assertThat(reader.allVerify(many, NONE)).isFalse();
  }

  @Test
  void onlyTheGroupWithAWrongByteIsLookedAtAgain() throws IOException {
    useOneCopy();
    List<PhysicalExtent> many = new ArrayList<>();
    for (int from = 0; from < BYTES; from += 4096) {
      many.add(extent(from, 4096));
    }
    for (TreeSet<Long> copy : drive.flipped) {
      copy.add((1 << 20) + 5000L);
    }
    List<PhysicalExtent> again = new ArrayList<>();
    assertThat(reader.allVerify(many, again::addAll)).isTrue();
    assertThat(again).contains(many.get((1 << 20) / 4096 + 1)).hasSizeLessThan(many.size());
    drive.flipped.forEach(copy -> copy.add(4096L));
    again.clear();
    assertThat(reader.allVerify(many, again::addAll)).as("the rest is read, too").isTrue();
    assertThat(again).contains(many.get(1), many.get((1 << 20) / 4096 + 1));
  }
}

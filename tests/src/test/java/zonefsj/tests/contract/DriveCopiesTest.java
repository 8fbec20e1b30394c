// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.delay.LatencyModels;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.device.layer.MemoryLayer;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.tests.fixture.RottenDrive;
import zonefsj.zonemgr.DriveCopies;

/** Each kind of drive reaches the copies of the drives on which it stands, one by one. */
final class DriveCopiesTest {
  private static final int ZONE = 64 * 4096;
  private static final int LABELS = 2 * ZONE;
  private static final int BLOCKS = 16;

  private final List<RottenDrive> members = new ArrayList<>();

  private RottenDrive member() {
    RottenDrive member =
        new RottenDrive(
            RamZonedDevice.create(
                EmulatedGeometry.builder(20L * ZONE)
                    .zoneSizeBytes(ZONE)
                    .zoneCapacityBytes(48 * 4096)
                    .maxOpenZones(OptionalInt.of(6))
                    .maxActiveZones(OptionalInt.of(9))
                    .build()));
    members.add(member);
    return member;
  }

  private MirrorZonedDevice mirror(int count) throws IOException {
    List<RottenDrive> own = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      own.add(member());
    }
    return MirrorZonedDevice.open(List.copyOf(own), false, Creation.IF_EMPTY);
  }

  private static byte[] readCopy(ZonedDevice device, int copy, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    device.readCopy(copy, position, bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    return bytes.array();
  }

  /** Writes a zone, and flips a bit in its second block of the second member. */
  private void check(ZonedDevice device, int zone, long positionOnMember) throws IOException {
    long start = device.geometry().zoneStartBytes(zone);
    byte[] right = Devices.bytes(Devices.blocks(BLOCKS, zone));
    device.append(zone, ByteBuffer.wrap(right));
    members.get(1).flip(positionOnMember);
    assertThat(device.copies()).isEqualTo(2);
    assertThat(readCopy(device, 0, start, right.length)).isEqualTo(right);
    byte[] wrong = readCopy(device, 1, start, right.length);
    assertThat(wrong).isNotEqualTo(right);
    assertThat(Arrays.mismatch(wrong, right) / 4096).isEqualTo(1);
    assertThat(readCopy(device, 1, start + 2 * 4096, 4096))
        .isEqualTo(Arrays.copyOfRange(right, 2 * 4096, 3 * 4096));
    device.noteWrong(1, start + 4096);
  }

  private static List<Long> wrongReads(MirrorZonedDevice mirror) {
    return mirror.members().stream().map(MemberState::wrongReads).toList();
  }

  @Test
  void aPlainDriveHasOneCopy() throws IOException {
    try (RamZonedDevice plain = RamZonedDevice.create(Devices.geometry())) {
      plain.write(Devices.start(3), Devices.blocks(2, 5));
      assertThat(plain.copies()).isEqualTo(1);
      assertThat(readCopy(plain, 0, Devices.start(3), 8192))
          .isEqualTo(Devices.bytes(Devices.blocks(2, 5)));
      plain.noteWrong(0, 0);
    }
  }

  @Test
  void eachMemberOfAMirrorIsACopy() throws IOException {
    try (MirrorZonedDevice mirror = mirror(2)) {
      check(mirror, 3, LABELS + 3L * ZONE + 5000);
      assertThat(wrongReads(mirror)).containsExactly(0L, 1L);
      assertThat(mirror.members().get(1).words()).endsWith("1 reads gave wrong bytes");
      assertThatThrownBy(() -> readCopy(mirror, 2, 3L * ZONE, 4096))
          .isInstanceOf(DeviceException.class);
    }
  }

  @Test
  void aMissingMemberDoesNotAnswer() throws IOException {
    RottenDrive first = member();
    RottenDrive second = member();
    MirrorZonedDevice.open(List.of(first, second), false, Creation.IF_EMPTY).close();
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(first, new Missing()), false, Creation.NONE)) {
      mirror.append(3, Devices.blocks(4, 1));
      assertThat(mirror.copies()).isEqualTo(2);
      assertThat(readCopy(mirror, 0, 3L * ZONE, 4 * 4096))
          .isEqualTo(Devices.bytes(Devices.blocks(4, 1)));
      assertThatThrownBy(() -> readCopy(mirror, 1, 3L * ZONE, 4096))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("cannot be read now");
      assertThat(new OneCopyDevice(mirror, 1).answers(3L * ZONE)).isFalse();
      // Nothing is in doubt after that.
      mirror.append(3, Devices.blocks(4, 2));
    }
  }

  @Test
  void aMemberThatWasLeftBehindIsNoCopy() throws Exception {
    RottenDrive first = member();
    RottenDrive second = member();
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(first, second), false, Creation.IF_EMPTY)) {
      mirror.append(0, Devices.blocks(5, 1));
    }
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(first, new Missing()), false, Creation.NONE)) {
      mirror.reset(0);
      mirror.append(0, Devices.blocks(5, 2));
    }
    byte[] now = Devices.bytes(Devices.blocks(5, 2));
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(List.of(first, second), false, Creation.NONE)) {
      for (int copy = 0; copy < mirror.copies(); copy++) {
        OneCopyDevice one = new OneCopyDevice(mirror, copy);
        if (one.answers(0)) {
          assertThat(readCopy(mirror, copy, 0, now.length)).isEqualTo(now);
        }
      }
      mirror.awaitInStep();
      assertThat(readCopy(mirror, 1, 0, now.length)).isEqualTo(now);
    }
  }

  @Test
  void nestedMirrorsHaveTheCopiesOfAllMembers() throws IOException {
    RottenDrive single = member();
    MirrorZonedDevice inner =
        MirrorZonedDevice.open(List.of(member(), member()), false, Creation.IF_EMPTY);
    try (MirrorZonedDevice outer =
        MirrorZonedDevice.open(List.of(single, new Wrapped(inner)), false, Creation.IF_EMPTY)) {
      assertThat(outer.copies()).isEqualTo(3);
      byte[] right = Devices.bytes(Devices.blocks(4, 1));
      outer.append(1, ByteBuffer.wrap(right));
      // Two labels lie before the data of the inner mirror's members.
      members.get(2).flip(2 * LABELS + 1L * ZONE + 4096);
      assertThat(readCopy(outer, 0, 1L * ZONE, right.length)).isEqualTo(right);
      assertThat(readCopy(outer, 1, 1L * ZONE, right.length)).isEqualTo(right);
      assertThat(readCopy(outer, 2, 1L * ZONE, right.length)).isNotEqualTo(right);
      outer.noteWrong(2, ZONE);
      assertThat(wrongReads(outer)).containsExactly(0L, 1L);
      assertThat(wrongReads(inner)).containsExactly(0L, 1L);
    }
  }

  @Test
  void filtersPassOnTheCopies() throws IOException {
    try (MirrorZonedDevice mirror = mirror(2)) {
      TracingZonedDevice traced =
          new TracingZonedDevice(
              new DelayedZonedDevice(
                  new ValidatingZonedDevice(mirror),
                  LatencyModels.of("smr").orElseThrow(),
                  "none",
                  n -> {}));
      check(traced, 3, LABELS + 3L * ZONE + 5000);
      assertThat(traced.wrongReads()).isEqualTo(1);
      assertThat(wrongReads(mirror)).containsExactly(0L, 1L);
    }
  }

  @Test
  void anEncryptedMirrorDecryptsEachCopy() throws IOException {
    try (ZonedDevice crypt =
        new CryptZonedDevice(
            mirror(2),
            new XtsKey(new UUID(0, 1), Devices.bytes(Devices.random(XtsKey.BYTES, 1))))) {
      check(crypt, 3, LABELS + 3L * ZONE + 5000);
    }
  }

  @Test
  void aCacheIsPassedAndForgetsWhatIsWrong() throws IOException {
    // An odd zone is read from the second member first.
    MirrorZonedDevice mirror = mirror(2);
    byte[] right = Devices.bytes(Devices.blocks(BLOCKS, 7));
    mirror.append(3, ByteBuffer.wrap(right));
    members.get(1).flip(LABELS + 3L * ZONE + 5000);
    try (CachedZonedDevice cache =
        CachedZonedDevice.inMemory(mirror, 1 << 20, CacheOptions.DEFAULT)) {
      assertThat(Devices.read(cache, 3L * ZONE, right.length)).isNotEqualTo(right);
      assertThat(cache.copies()).isEqualTo(2);
      assertThat(readCopy(cache, 0, 3L * ZONE, right.length)).isEqualTo(right);
      long misses = cache.counters().misses();
      Devices.read(cache, 3L * ZONE, right.length);
      assertThat(cache.counters().misses()).as("the wrong line is gone").isGreaterThan(misses);
      // A copy that has the same leaves the line.
      readCopy(cache, 1, 3L * ZONE, right.length);
      misses = cache.counters().misses();
      Devices.read(cache, 3L * ZONE, right.length);
      assertThat(cache.counters().misses()).isEqualTo(misses);
    }
  }

  @Test
  void aLayerHasTheCopiesOfWhatIsBelow() throws IOException {
    MirrorZonedDevice mirror = mirror(2);
    byte[] right = Devices.bytes(Devices.blocks(4, 7));
    mirror.append(3, ByteBuffer.wrap(right));
    members.get(1).flip(LABELS + 3L * ZONE + 5000);
    try (ZonedDevice layer = MemoryLayer.open(mirror, OptionalLong.empty())) {
      layer.append(3, Devices.blocks(2, 8));
      assertThat(layer.copies()).isEqualTo(2);
      assertThat(readCopy(layer, 0, 3L * ZONE, right.length)).isEqualTo(right);
      assertThat(readCopy(layer, 1, 3L * ZONE, right.length)).isNotEqualTo(right);
      assertThat(readCopy(layer, 1, 3L * ZONE + right.length, 8192))
          .isEqualTo(Devices.bytes(Devices.blocks(2, 8)));
      layer.noteWrong(1, 3L * ZONE);
      assertThat(wrongReads(mirror)).containsExactly(0L, 1L);
    }
  }

  @Test
  void aConcatenationHasTheMostCopiesOfItsParts() throws IOException {
    MirrorZonedDevice mirror = mirror(2);
    try (ZonedDevice both = ConcatZonedDevice.of(List.of(mirror, member()), false)) {
      check(both, 3, LABELS + 3L * ZONE + 5000);
      assertThat(wrongReads(mirror)).containsExactly(0L, 1L);
      int ofSingle = mirror.geometry().zoneCount() + 1;
      byte[] right = Devices.bytes(Devices.blocks(3, 9));
      both.append(ofSingle, ByteBuffer.wrap(right));
      long start = both.geometry().zoneStartBytes(ofSingle);
      assertThat(readCopy(both, 0, start, right.length)).isEqualTo(right);
      assertThat(readCopy(both, 1, start, right.length)).isEqualTo(right);
    }
  }

  @Test
  void aStripeHasTheMostCopiesOfItsParts() throws IOException {
    MirrorZonedDevice mirror = mirror(2);
    try (ZonedDevice stripe =
        StripedZonedDevice.of(List.of(mirror, member()), 4096, false, Creation.IF_EMPTY)) {
      byte[] right = Devices.bytes(Devices.blocks(BLOCKS, 3));
      stripe.append(3, ByteBuffer.wrap(right));
      long start = stripe.geometry().zoneStartBytes(3);
      for (int zone = 0; zone < 18; zone++) {
        members.get(1).flip(LABELS + (long) zone * ZONE + 4096);
      }
      assertThat(stripe.copies()).isEqualTo(2);
      assertThat(readCopy(stripe, 0, start, right.length)).isEqualTo(right);
      byte[] wrong = readCopy(stripe, 1, start, right.length);
      int at = Arrays.mismatch(wrong, right);
      assertThat(at).isGreaterThanOrEqualTo(0);
      stripe.noteWrong(1, start + (at & -4096L));
      assertThat(wrongReads(mirror)).containsExactly(0L, 1L);
    }
  }

  @Test
  void ofAStripeTheCopyOfOnePartServesWithWhatTheOthersHave() throws IOException {
    MirrorZonedDevice first = mirror(2);
    RottenDrive ofSecond = member();
    RottenDrive gone = member();
    MirrorZonedDevice.open(List.of(ofSecond, gone), false, Creation.IF_EMPTY).close();
    MirrorZonedDevice second =
        MirrorZonedDevice.open(List.of(ofSecond, new Missing()), false, Creation.IF_EMPTY);
    try (ZonedDevice stripe =
        StripedZonedDevice.of(List.of(first, second), 4096, false, Creation.IF_EMPTY)) {
      byte[] right = Devices.bytes(Devices.blocks(BLOCKS, 3));
      stripe.append(3, ByteBuffer.wrap(right));
      long start = stripe.geometry().zoneStartBytes(3);
      for (int zone = 0; zone < 18; zone++) {
        members.get(0).flip(LABELS + (long) zone * ZONE + 4096);
      }
      assertThatThrownBy(() -> readCopy(stripe, 1, start, right.length))
          .isInstanceOf(DeviceException.class);
      DriveCopies.Answers answers =
          DriveCopies.ask(
              stripe, start, right.length, bytes -> bytes.equals(ByteBuffer.wrap(right)));
      assertThat(answers.found()).isNotNull();
      assertThat(wrongReads(first)).containsExactly(1L, 0L);
      // Where the second copy has nothing to add, its silence is told.
      DriveCopies.Answers none =
          DriveCopies.ask(stripe, start + 4096, 4096, bytes -> bytes.get(0) == 123);
      assertThat(none.found()).isNull();
      assertThat(none.silence()).isNotNull();
    }
  }

  private static final class Missing implements MemberSource {
    @Override
    public String name() {
      return "missing";
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      throw new IOException("it is missing");
    }
  }

  private record Wrapped(ZonedDevice drive) implements MemberSource {
    @Override
    public String name() {
      return "inner";
    }

    @Override
    public ZonedDevice open(Creation creation) {
      return drive;
    }
  }
}

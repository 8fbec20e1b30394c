// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.DeviceSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.device.filter.ReplaceableZonedDevice;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.tests.fixture.RottenDrive;

/** Who is above a mirror is asked for its own zones, and sees what it has written itself. */
@Timeout(60)
class ZoneJudgeTest {
  private static final int ZONE_BYTES = 64 << 10;
  private static final int ZONES = 8;
  private static final int LABELS = 2;
  private static final int BLOCK_BYTES = 4096;

  private final RottenDrive first = member();
  private final RottenDrive second = member();
  private final RamZonedDevice before = ram();
  private final ByteBuffer content = ByteBuffer.allocateDirect(3 * BLOCK_BYTES);

  ZoneJudgeTest() {
    byte[] bytes = new byte[content.capacity()];
    new SplittableRandom(3).nextBytes(bytes);
    content.put(bytes).flip();
  }

  private static RamZonedDevice ram() {
    return ram(ZONES);
  }

  private static RamZonedDevice ram(int zones) {
    return RamZonedDevice.create(
        EmulatedGeometry.builder((long) zones * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
  }

  private static RottenDrive member() {
    return new RottenDrive(ram());
  }

  private MirrorZonedDevice mirror() throws IOException {
    return MirrorZonedDevice.open(List.of(first, second), false, Creation.IF_EMPTY);
  }

  private static ZonedDevice crypt(ZonedDevice below) {
    byte[] key = new byte[XtsKey.BYTES];
    new SplittableRandom(1).nextBytes(key);
    return new CryptZonedDevice(below, new XtsKey(new UUID(0, 1), key));
  }

  /** Puts one drive above a mirror. */
  @FunctionalInterface
  private interface Above {
    ZonedDevice over(ZonedDevice mirror) throws IOException;
  }

  private void assertAsked(int zone, int zoneOfMirror, Above above, boolean keeps)
      throws Exception {
    // Not closed: the members may differ.
    ZonedDevice crashed = above.over(mirror());
    crashed.append(zone, content.duplicate());
    crashed.flush();
    first.flip((LABELS + zoneOfMirror) * (long) ZONE_BYTES + 5000);
    MirrorZonedDevice mirror = mirror();
    ZonedDevice top = above.over(mirror);
    boolean[] isRight = new boolean[2];
    top.judgeBy(
        (asked, lengthBytes, copy, other) -> {
          assertThat(asked).isEqualTo(zone);
          assertThat(lengthBytes).isEqualTo(content.capacity());
          isRight[0] = isRight(copy);
          isRight[1] = isRight(other);
          // Asked for both directions: the right one is needed, the wrong one is not.
          return keeps && isRight[1];
        });
    mirror.awaitInStep();
    assertThat(isRight).containsExactlyInAnyOrder(true, false);
    int right = 0;
    for (int copy = 0; copy < 2; copy++) {
      long start = top.geometry().zoneStartBytes(zone);
      int number = copy;
      right += isRight((at, bytes) -> top.readCopy(number, start + at, bytes)) ? 1 : 0;
    }
    // The first member is wrong, and is copied if nobody objects.
    assertThat(right).isEqualTo(keeps ? 1 : 0);
    top.close();
  }

  private boolean isRight(ZoneJudge.Copy copy) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(content.capacity());
    copy.read(0, bytes.limit(BLOCK_BYTES));
    copy.read(BLOCK_BYTES, bytes.limit(bytes.capacity()));
    return bytes.flip().equals(content);
  }

  @Test
  void byAMirror() throws Exception {
    assertAsked(1, 1, mirror -> mirror, true);
  }

  @Test
  void itsWordCounts() throws Exception {
    assertAsked(1, 1, mirror -> mirror, false);
  }

  @Test
  void throughEncryption() throws Exception {
    assertAsked(1, 1, ZoneJudgeTest::crypt, true);
  }

  @Test
  void throughAConcatenation() throws Exception {
    assertAsked(ZONES + 1, 1, mirror -> ConcatZonedDevice.of(List.of(before, mirror), false), true);
  }

  @Test
  void throughBothAndFilters() throws Exception {
    assertAsked(
        ZONES + 1,
        1,
        mirror ->
            new FirstZones(crypt(ConcatZonedDevice.of(List.of(before, crypt(mirror)), false))),
        true);
  }

  @Test
  void byAMirrorOfMirrors() throws Exception {
    assertAsked(
        1,
        LABELS + 1,
        mirror -> crypt(MirrorZonedDevice.open(List.of(source(mirror)), false, Creation.IF_EMPTY)),
        true);
  }

  /** Nobody can judge the members there, and nobody waits for a judge. */
  @Test
  void notBelowStripes() throws Exception {
    RamZonedDevice beside = ram(ZONES - LABELS);
    ZonedDevice crashed = striped(mirror(), beside);
    crashed.append(1, content.duplicate());
    crashed.flush();
    first.flip((2 * LABELS + 1) * (long) ZONE_BYTES + 5000);
    MirrorZonedDevice mirror = mirror();
    ZonedDevice top = striped(mirror, beside);
    top.judgeBy(
        (asked, lengthBytes, copy, other) -> {
          throw new AssertionError("asked for zone " + asked);
        });
    while (mirror.members().stream()
        .anyMatch(member -> member.standing() != MemberState.Standing.CURRENT)) {
      Thread.sleep(10);
    }
    top.close();
  }

  private static ZonedDevice striped(ZonedDevice... parts) throws IOException {
    return StripedZonedDevice.of(List.of(parts), 0, false, Creation.IF_EMPTY);
  }

  private static MemberSource source(ZonedDevice device) {
    return new MemberSource() {
      @Override
      public String name() {
        return "inner";
      }

      @Override
      public ZonedDevice open(Creation creation) {
        return device;
      }
    };
  }

  /** The drive that takes the place of another one is given the judge, too. */
  @Test
  void afterAReplacement() throws Exception {
    ReplaceableZonedDevice top = new ReplaceableZonedDevice(ram());
    top.judgeBy((zone, lengthBytes, copy, other) -> true);
    boolean[] isGiven = {false};
    DeviceSource other =
        () ->
            new FilterZonedDevice(ram()) {
              @Override
              public void judgeBy(ZoneJudge judge) {
                isGiven[0] = true;
              }
            };
    top.replace(other, other);
    assertThat(isGiven[0]).isTrue();
    top.close();
  }
}

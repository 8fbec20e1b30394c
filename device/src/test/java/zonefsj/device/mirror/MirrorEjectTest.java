// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.device.mirror.MemberState.Standing;
import zonefsj.device.spec.Creation;

/**
 * A member of a mirror is let go of on request, and comes back on request, or after it was away.
 */
@Timeout(60)
final class MirrorEjectTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 64 << 10;
  private static final EmulatedGeometry SHAPE =
      EmulatedGeometry.builder(10L * ZONE).zoneSizeBytes(ZONE).build();

  @TempDir Path directory = Path.of("");

  private Image one = new Image(Path.of("one"));
  private Image two = new Image(Path.of("two"));

  private final Map<Path, ZonedDevice> opened = new ConcurrentHashMap<>();

  private final class Image implements MemberSource {
    private final Path path;

    Image(Path path) {
      this.path = path;
    }

    Path path() {
      return path;
    }

    @Override
    public String name() {
      return path.getFileName().toString();
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      ZonedDevice device = ImageFile.open(path, DeviceAccess.READ_WRITE);
      opened.put(path, device);
      return device;
    }
  }

  @BeforeEach
  void create() throws IOException {
    one = new Image(directory.resolve("one"));
    two = new Image(directory.resolve("two"));
    ImageFile.create(one.path(), SHAPE);
    ImageFile.create(two.path(), SHAPE);
    MirrorZonedDevice.open(List.of(one, two), false, Creation.IF_EMPTY).close();
  }

  private MirrorZonedDevice open() throws IOException {
    return MirrorZonedDevice.open(List.of(one, two), false, Creation.NONE);
  }

  private static void put(MirrorZonedDevice mirror, int zone, int content) throws IOException {
    byte[] bytes = new byte[BLOCK];
    Arrays.fill(bytes, (byte) content);
    mirror.append(zone, ByteBuffer.wrap(bytes));
  }

  private static int first(ZonedDevice device, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    device.read(position, bytes);
    return bytes.get(0);
  }

  private static List<Standing> standings(MirrorZonedDevice mirror) {
    return mirror.members().stream().map(MemberState::standing).toList();
  }

  /** What the drive of a member has, which no process has open. */
  private static int firstOf(Image member) throws IOException {
    try (ZonedDevice alone = ImageFile.open(member.path(), DeviceAccess.READ_WRITE)) {
      return first(alone, (long) MirrorLabels.ZONES * ZONE);
    }
  }

  @Test
  void anEjectedMemberIsFreeAndHasEverything() throws Exception {
    try (MirrorZonedDevice mirror = open()) {
      mirror.awaitInStep();
      put(mirror, 0, 5);
      assertThat(mirror.eject("two")).isTrue();
      assertThat(mirror.eject("three")).isFalse();
      assertThat(firstOf(two)).isEqualTo(5);
      put(mirror, 1, 6);
      mirror.flush();
      mirror.awaitInStep();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      assertThat(mirror.members().get(1).words())
          .isEqualTo("missing: ejected; 'mount -o remount' takes it back");
      assertThat(firstOf(two)).isEqualTo(5);
      mirror.admit();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    Files.delete(one.path());
    try (MirrorZonedDevice mirror = open()) {
      assertThat(first(mirror, 0)).isEqualTo(5);
      assertThat(first(mirror, ZONE)).isEqualTo(6);
    }
  }

  @Test
  void theLastMemberThatHasEverythingStays() throws Exception {
    try (MirrorZonedDevice mirror = open()) {
      mirror.awaitInStep();
      mirror.eject("two");
      assertThatThrownBy(() -> mirror.eject("one")).hasMessageContaining("one has what no other");
      assertThatThrownBy(() -> mirror.eject("two"))
          .hasMessage("two is not there: ejected; 'mount -o remount' takes it back");
      put(mirror, 0, 7);
      mirror.flush();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
    }
    try (MirrorZonedDevice readOnly =
        MirrorZonedDevice.open(List.of(one, two), true, Creation.NONE)) {
      assertThatThrownBy(() -> readOnly.eject("two")).hasMessageContaining("is only read");
    }
  }

  /** Its failure is not known before, since nothing was written. */
  @Test
  void theOnlyMemberThatTakesLabelsStays() throws Exception {
    try (MirrorZonedDevice mirror = open()) {
      mirror.awaitInStep();
      put(mirror, 0, 5);
      mirror.flush();
      ZoneInjection other = (ZoneInjection) Objects.requireNonNull(opened.get(two.path()));
      for (int zone = 0; zone < MirrorLabels.ZONES; zone++) {
        other.setReadOnly(zone);
      }
      assertThatThrownBy(() -> mirror.eject("one")).hasMessageContaining("one has what no other");
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      put(mirror, 0, 6);
      mirror.flush();
    }
    assertThat(firstOf(one)).isEqualTo(5);
  }

  @Test
  void aDriveThatWasAwayReturnsByItself() throws Exception {
    Path away = directory.resolve("away");
    try (MirrorZonedDevice mirror = open()) {
      mirror.awaitInStep();
      mirror.eject("two");
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      Files.move(two.path(), away);
      put(mirror, 0, 8);
      mirror.flush();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      Files.move(away, two.path());
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
    }
    assertThat(firstOf(two)).isEqualTo(8);
  }
}

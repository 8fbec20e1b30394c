// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;

/** A mirror whose members have become longer, and a crash at each change of them. */
final class MirrorGrowthTest {
  private static final int ZONE = 64 << 10;
  private static final int MEMBERS = 3;
  private static final int SMALL = 8;
  private static final int LARGE = 12;
  private static final int ZONES_BEFORE = SMALL - MirrorLabels.ZONES;
  private static final int ZONES_AFTER = LARGE - MirrorLabels.ZONES;

  /** Shows the first zones of a drive, and leaves it open. */
  private static final class Window extends FilterZonedDevice {
    private final int zones;

    Window(ZonedDevice delegate, int zones) {
      super(delegate);
      this.zones = zones;
    }

    @Override
    public DeviceGeometry geometry() {
      DeviceGeometry all = super.geometry();
      return new DeviceGeometry(
          all.model(),
          all.blockSizeBytes(),
          zones,
          all.zoneSizeBytes(),
          zones * all.zoneSizeBytes(),
          all.maxOpenZones(),
          all.maxActiveZones(),
          all.maxAppendBytes(),
          all.description());
    }

    @Override
    public List<ZoneDescriptor> report(int from, int count) throws IOException {
      if (from + count > zones) {
        throw new IndexOutOfBoundsException(from + count);
      }
      return super.report(from, count);
    }

    @Override
    public void close() {
      // The test needs the drive again.
    }
  }

  /** Changes left until the power fails. */
  private static final class Power {
    private int left;

    Power(int left) {
      this.left = left;
    }

    synchronized void use() throws IOException {
      if (left == 0) {
        throw new IOException("no power");
      }
      left--;
    }
  }

  /** A drive that fails with the power, and may then lose what no flush has covered. */
  private static final class Cut extends FilterZonedDevice {
    private final RamZonedDevice drive;
    private final Power power;
    private RamZonedDevice flushed;

    Cut(RamZonedDevice drive, Power power) throws IOException {
      super(drive);
      this.drive = drive;
      this.power = power;
      this.flushed = drive.snapshot();
    }

    RamZonedDevice left(boolean keepsUnflushed) {
      return keepsUnflushed ? drive : flushed;
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      power.use();
      super.write(positionBytes, sources);
    }

    @Override
    public void flush() throws IOException {
      power.use();
      super.flush();
      flushed = drive.snapshot();
    }

    @Override
    public void close(int zone) throws IOException {
      power.use();
      super.close(zone);
    }

    @Override
    public void finish(int zone) throws IOException {
      power.use();
      super.finish(zone);
    }

    @Override
    public void reset(int zone) throws IOException {
      power.use();
      super.reset(zone);
    }
  }

  private static MemberSource source(ZonedDevice drive, int zones) {
    return new MemberSource() {
      @Override
      public String name() {
        return "member";
      }

      @Override
      public ZonedDevice open(Creation creation) {
        return new Window(drive, zones);
      }
    };
  }

  private static MirrorZonedDevice open(
      List<? extends ZonedDevice> drives, int zones, boolean grows) throws IOException {
    return MirrorZonedDevice.open(
        drives.stream().map(drive -> source(drive, zones)).toList(),
        false,
        false,
        Creation.IF_EMPTY,
        grows);
  }

  private static List<RamZonedDevice> made(int conventional) throws IOException {
    List<RamZonedDevice> drives = new ArrayList<>();
    for (int member = 0; member < MEMBERS; member++) {
      drives.add(
          RamZonedDevice.create(
              EmulatedGeometry.builder((long) LARGE * ZONE)
                  .zoneSizeBytes(ZONE)
                  .conventionalZones(conventional)
                  .build()));
    }
    try (MirrorZonedDevice mirror = open(drives, SMALL, false)) {
      assertThat(mirror.geometry().zoneCount()).isEqualTo(ZONES_BEFORE);
      mirror.write(2 * ZONE, ByteBuffer.allocate(4096).put(0, (byte) 5));
      mirror.flush();
    }
    return drives;
  }

  private static byte read(ZonedDevice device, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    device.read(position, bytes);
    return bytes.get(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCrashLeavesTheOldOrTheNewZones(boolean keepsUnflushed) throws Exception {
    int[] found = new int[LARGE];
    boolean opened = false;
    for (int changes = 0; !opened; changes++) {
      Power power = new Power(changes);
      List<Cut> cut = new ArrayList<>();
      for (RamZonedDevice drive : made(0)) {
        cut.add(new Cut(drive, power));
      }
      try (MirrorZonedDevice mirror = open(cut, LARGE, true)) {
        assertThat(mirror.geometry().zoneCount()).isEqualTo(ZONES_AFTER);
        opened = true;
        // What is acknowledged from now on relies on the new zones.
        power.left = 0;
      } catch (IOException noPower) {
        assertThat(noPower).hasStackTraceContaining("no power");
      }
      List<RamZonedDevice> left = cut.stream().map(drive -> drive.left(keepsUnflushed)).toList();
      try (MirrorZonedDevice mirror = open(left, LARGE, false)) {
        int zones = mirror.geometry().zoneCount();
        assertThat(zones).isIn(opened ? List.of(ZONES_AFTER) : List.of(ZONES_BEFORE, ZONES_AFTER));
        found[zones]++;
        assertThat(read(mirror, 2 * ZONE)).isEqualTo((byte) 5);
      }
      try (MirrorZonedDevice mirror = open(left, LARGE, true)) {
        assertThat(mirror.geometry().zoneCount()).isEqualTo(ZONES_AFTER);
        assertThat(read(mirror, 2 * ZONE)).isEqualTo((byte) 5);
        for (ZoneDescriptor zone : mirror.report(ZONES_BEFORE, ZONES_AFTER - ZONES_BEFORE)) {
          assertThat(zone.condition()).isEqualTo(ZoneCondition.EMPTY);
        }
        mirror.append(ZONES_AFTER - 1, ByteBuffer.allocate(4096).put(0, (byte) 6));
        mirror.flush();
        mirror.awaitInStep();
      }
      for (RamZonedDevice member : left) {
        assertThat(read(member, (LARGE - 1L) * ZONE)).isEqualTo((byte) 6);
      }
    }
    assertThat(found[ZONES_BEFORE]).isPositive();
    assertThat(found[ZONES_AFTER]).isGreaterThan(1);
    assertThat(found[ZONES_BEFORE] + found[ZONES_AFTER]).isGreaterThan(MEMBERS * 8);
  }

  /** A conventional zone has no write pointer that would tell that it is new. */
  @Test
  void newConventionalZonesBecomeTheSame() throws Exception {
    List<RamZonedDevice> drives = made(LARGE - 1);
    int member = 1;
    for (RamZonedDevice drive : drives) {
      drive.write(10L * ZONE, ByteBuffer.allocate(4096).put(0, (byte) member++));
    }
    try (MirrorZonedDevice mirror = open(drives, LARGE, true)) {
      mirror.awaitInStep();
      byte first = read(drives.get(0), 10L * ZONE);
      assertThat(read(mirror, 8L * ZONE)).isEqualTo(first);
      for (RamZonedDevice drive : drives) {
        assertThat(read(drive, 10L * ZONE)).isEqualTo(first);
      }
    }
  }

  /** One that has lost zones is refused, and changes nothing. */
  @Test
  void aMirrorNeverShrinks() throws IOException {
    List<RamZonedDevice> drives = made(0);
    open(drives, LARGE, true).close();
    assertThatThrownBy(() -> open(drives, SMALL, true))
        .hasMessageContaining("its label says that the mirror uses 12 zones, and it has 8");
    try (MirrorZonedDevice mirror = open(drives, LARGE, false)) {
      assertThat(mirror.geometry().zoneCount()).isEqualTo(ZONES_AFTER);
    }
  }
}

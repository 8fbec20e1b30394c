// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.MediumRoom;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.crypt.KeyFile;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;

/** Drives of every kind, whose images have become longer. */
final class GrowthTest {
  private static final int ZONE = 64 << 10;
  private static final int BLOCK = 4096;
  private static final int DATA = 1 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private final DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());

  private String image(String name, int zones) throws IOException {
    Path path = directory.resolve(name);
    ImageFile.create(
        path, EmulatedGeometry.builder((long) zones * ZONE).zoneSizeBytes(ZONE).build());
    return path.toString();
  }

  private void lengthen(String image, int zones) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image, "rw")) {
      file.setLength(DATA + (long) zones * ZONE);
    }
  }

  private String key() throws IOException {
    Path key = directory.resolve("key");
    KeyFile.create(key, null);
    return key.toString();
  }

  private static void put(ZonedDevice device, int zone, int value) throws IOException {
    device.append(zone, ByteBuffer.allocate(BLOCK).put(0, (byte) value));
    // Else the next open of some drives does it, and the report changes.
    device.close(zone);
  }

  private static int get(ZonedDevice device, int zone) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    device.read(device.geometry().zoneStartBytes(zone), bytes);
    return bytes.get(0);
  }

  /** Makes the drive, writes its first and last zone, and returns the report. */
  private List<ZoneDescriptor> write(String spec) throws IOException {
    try (ZonedDevice device = resolver.create(spec, Creation.IF_EMPTY)) {
      int zones = device.geometry().zoneCount();
      put(device, 0, 5);
      put(device, zones - 1, 6);
      device.flush();
      assertThat(MediumRoom.of(device)).isEqualTo(zones);
      return device.report(0, zones);
    }
  }

  /** Opens the drive without and with the permission. */
  private void checkGrowth(String spec, String grownSpec, List<ZoneDescriptor> before, int zones)
      throws IOException {
    int zonesBefore = before.size();
    try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_WRITE)) {
      assertThat(device.report(0, device.geometry().zoneCount())).isEqualTo(before);
      if (spec.equals(grownSpec)) {
        assertThat(MediumRoom.of(device)).isEqualTo(zones);
      }
    }
    try (ZonedDevice device = resolver.grow(grownSpec)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(zones);
      assertThat(MediumRoom.of(device)).isEqualTo(zones);
      assertThat(device.report(0, zonesBefore)).isEqualTo(before);
      for (ZoneDescriptor zone : device.report(zonesBefore, zones - zonesBefore)) {
        assertThat(zone.condition()).isEqualTo(ZoneCondition.EMPTY);
      }
      put(device, zones - 1, 7);
      device.flush();
    }
    try (ZonedDevice device = resolver.open(grownSpec, DeviceAccess.READ_WRITE)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(zones);
      assertThat(get(device, 0)).isEqualTo(5);
      assertThat(get(device, zonesBefore - 1)).isEqualTo(6);
      assertThat(get(device, zones - 1)).isEqualTo(7);
    }
  }

  @Test
  void anImage() throws IOException {
    String a = image("a", 8);
    List<ZoneDescriptor> before = write(a);
    lengthen(a, 11);
    checkGrowth(a, "file:" + a, before, 11);
  }

  @Test
  void oneThatIsFoundByItsLabel() throws IOException {
    String a = image("a", 8);
    lengthen(a, 11);
    DeviceResolver tagged = new DeviceResolver((tag, value) -> Optional.of(a));
    tagged.open("LABEL=x", DeviceAccess.READ_WRITE).close();
    try (ZonedDevice device = tagged.open("LABEL=x", DeviceAccess.READ_WRITE)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(8);
    }
    try (ZonedDevice device = tagged.grow("LABEL=x")) {
      assertThat(device.geometry().zoneCount()).isEqualTo(11);
    }
  }

  @Test
  void theLastOfSeveralDrivesInSequence() throws IOException {
    String a = image("a", 8);
    String b = image("b", 8);
    String spec = "concat(" + a + "," + b + ")";
    List<ZoneDescriptor> before = write(spec);
    // Zones behind the first one's must not move.
    lengthen(a, 16);
    lengthen(b, 11);
    checkGrowth(spec, spec, before, 19);
    try (ZonedDevice device = resolver.open(a, DeviceAccess.READ_ONLY)) {
      assertThat(device.geometry().zoneCount()).isEqualTo(8);
    }
  }

  @Test
  void aDriveThatIsAdded() throws IOException {
    String a = image("a", 8);
    String b = image("b", 8);
    String spec = "concat(" + a + "," + b + ")";
    List<ZoneDescriptor> before = write(spec);
    lengthen(b, 11);
    checkGrowth(spec, "concat(" + a + "," + b + "," + image("c", 5) + ")", before, 21);
    assertThatThrownBy(() -> resolver.grow("concat(" + a + "," + b + ",mem:64M)"))
        .hasMessageContaining("zone size");
  }

  @Test
  void aNewMirrorThatIsAdded() throws IOException {
    String a = image("a", 8);
    List<ZoneDescriptor> before = write(a);
    String added = "mirror(" + image("b", 6) + "," + image("c", 7) + ")";
    String grown = "concat(" + a + "," + added + ")";
    assertThatThrownBy(() -> resolver.open(grown, DeviceAccess.READ_WRITE))
        .hasMessageContaining("is no member of a mirror");
    checkGrowth(a, grown, before, 12);
  }

  /** It has as many zones as its smallest part allows. */
  @ParameterizedTest
  @ValueSource(strings = {"striped", "mirror"})
  void aDriveOfEqualParts(String kind) throws IOException {
    String a = image("a", 10);
    String b = image("b", 10);
    String spec = kind + "(" + a + "," + b + ")";
    List<ZoneDescriptor> before = write(spec);
    lengthen(a, 16);
    try (ZonedDevice device = resolver.grow(spec)) {
      assertThat(device.report(0, device.geometry().zoneCount())).isEqualTo(before);
      assertThat(MediumRoom.of(device)).isEqualTo(8);
    }
    lengthen(b, 13);
    checkGrowth(spec, spec, before, 11);
  }

  @Test
  void aMirrorWaitsForItsMembers() throws IOException {
    String a = image("a", 10);
    String b = image("b", 10);
    String spec = "mirror(" + a + "," + b + ")";
    List<ZoneDescriptor> before = write(spec);
    lengthen(a, 13);
    String missing = "mirror(" + a + "," + directory.resolve("none") + ")";
    assertThatThrownBy(() -> resolver.grow(missing))
        .hasMessageContaining("mirror: it cannot grow while a member is missing")
        .hasMessageContaining("none");
    try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_WRITE)) {
      assertThat(device.report(0, device.geometry().zoneCount())).isEqualTo(before);
    }
  }

  @Test
  void zonesOfAMirrorAreNewOnAllMembers() throws IOException {
    String a = image("a", 10);
    String b = image("b", 12);
    String spec = "mirror(" + a + "," + b + ")";
    List<ZoneDescriptor> before = write(spec);
    try (ZonedDevice device = resolver.open(b, DeviceAccess.READ_WRITE)) {
      put(device, 11, 1);
    }
    lengthen(a, 12);
    assertThatThrownBy(() -> resolver.grow(spec))
        .hasMessageContaining("mirror: it cannot grow: zone 11 of " + b + " is not empty");
    try (ZonedDevice device = resolver.open(b, DeviceAccess.READ_WRITE)) {
      device.reset(11);
    }
    checkGrowth(spec, spec, before, 10);
  }

  @Test
  void whatIsInFrontOfADrive() throws IOException {
    String a = image("a", 8);
    String b = image("b", 8);
    String file = directory.resolve("cache").toString();
    String spec =
        "crypt(" + key() + ",cache(" + file + ",delay(0,concat(" + a + "," + b + ")),size=1M))";
    List<ZoneDescriptor> before = write(spec);
    lengthen(b, 11);
    checkGrowth(spec, spec, before, 19);
  }

  @Test
  void layersKeepTheirZones() throws IOException {
    String a = image("a", 8);
    String diff = "diff(" + directory.resolve("layer") + "," + a + ")";
    List<ZoneDescriptor> before = write(diff);
    lengthen(a, 11);
    for (String spec : List.of(diff, "memdiff(" + a + ")")) {
      try (ZonedDevice device = resolver.grow(spec)) {
        assertThat(device.geometry().zoneCount()).isEqualTo(8);
        assertThat(MediumRoom.of(device)).isEqualTo(8);
      }
    }
    try (ZonedDevice device = resolver.open(diff, DeviceAccess.READ_WRITE)) {
      assertThat(device.report(0, 8)).isEqualTo(before);
    }
    resolver.grow(a).close();
    assertThatThrownBy(() -> resolver.grow(diff)).isInstanceOf(IOException.class);
  }
}

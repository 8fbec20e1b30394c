// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.DeviceLookup.Tag;

class DeviceResolverTest {
  private static final String UUID = "00112233-4455-6677-8899-aabbccddeeff";

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private final DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());

  @Test
  void memory() throws IOException {
    try (ZonedDevice device = resolver.open("mem:64M", DeviceAccess.READ_WRITE)) {
      assertThat(device).isInstanceOf(RamZonedDevice.class);
      assertThat(device.geometry().capacityBytes()).isEqualTo(64L << 20);
      assertThat(device.geometry().zoneCount()).isEqualTo(64);
    }
    String spec =
        "mem:64M,zone-size=2M,zone-capacity=1536K,conventional=3,max-open=4,max-active=none,"
            + "block-size=512";
    try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_WRITE)) {
      DeviceGeometry geometry = device.geometry();
      assertThat(geometry.zoneSizeBytes()).isEqualTo(2L << 20);
      assertThat(geometry.blockSizeBytes()).isEqualTo(512);
      assertThat(geometry.maxOpenZones()).hasValue(4);
      assertThat(geometry.maxActiveZones()).isEmpty();
      assertThat(device.report(2, 1).get(0).type()).isEqualTo(ZoneType.CONVENTIONAL);
      assertThat(device.report(3, 1).get(0).capacityBytes()).isEqualTo(1536L << 10);
    }
  }

  @Test
  void optionsOfMemoryHaveShortNames() throws IOException {
    String spec = "mem:64M,zone=2M,capacity=1536K,open=4,active=none";
    try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_WRITE)) {
      DeviceGeometry geometry = device.geometry();
      assertThat(geometry.zoneSizeBytes()).isEqualTo(2L << 20);
      assertThat(geometry.maxOpenZones()).hasValue(4);
      assertThat(geometry.maxActiveZones()).isEmpty();
      assertThat(device.report(3, 1).get(0).capacityBytes()).isEqualTo(1536L << 10);
    }
    assertRefused("mem:64M,zone=2M,zone-size=2M", "'zone' and 'zone-size' are the same option");
    assertRefused("mem:64M,zone=2M,zone=2M", "'zone' is given twice");
    assertRefused("mem:64M,zone=many", "'many' is not a size");
  }

  @Test
  void images() throws IOException {
    Path path = image("drive.img");
    for (String spec : new String[] {path.toString(), "file:" + path}) {
      try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_WRITE)) {
        assertThat(device).isInstanceOf(ImageZonedDevice.class);
        assertRefused(spec, "in use");
      }
      try (ZonedDevice device = resolver.open(spec, DeviceAccess.READ_ONLY)) {
        assertThat(((ImageZonedDevice) device).isReadOnly()).isTrue();
      }
    }
  }

  @Test
  void tags() throws IOException {
    Path path = image("drive.img");
    DeviceResolver tagged =
        new DeviceResolver(
            (tag, value) ->
                switch (value) {
                  case UUID -> Optional.of("file:" + path);
                  case "my label" -> Optional.of("UUID=" + UUID);
                  case "circle" -> Optional.of("LABEL=circle");
                  default -> Optional.empty();
                });
    for (String spec :
        new String[] {
          "UUID=" + UUID,
          "UUID=\"" + UUID.toUpperCase(Locale.ROOT) + "\"",
          "LABEL=my label",
          "LABEL=\"my label\""
        }) {
      try (ZonedDevice device = tagged.open(spec, DeviceAccess.READ_ONLY)) {
        assertThat(device).isInstanceOf(ImageZonedDevice.class);
      }
    }
    assertThat(catchThrowable(() -> tagged.open("LABEL=circle", DeviceAccess.READ_ONLY)))
        .hasMessageContaining("circle");
    assertThat(Tag.values()).hasSize(2);
  }

  @Test
  void errorsAreOneClearLine() throws IOException {
    assertRefused("", "no drive is given");
    assertRefused("  ", "no drive is given");
    assertRefused("file:", "a path is missing at column 6");
    assertRefused("tape:0", "unknown kind 'tape'; known are", "mem");
    assertRefused("fil:/a", "unknown kind 'fil'; did you mean 'file'?");
    assertRefused("PARTUUID=1", "drives are found by UUID= and LABEL=");
    assertRefused("mem:", "is not a size");
    assertRefused("mem:lots", "'lots' is not a size");
    assertRefused(
        "mem:64M,zonesize=1M", "'zonesize' is not an option of 'mem'", "did you mean 'zone-size'");
    assertRefused("mem:64M,", "'64M,' is not a size");
    assertRefused("mem:64M,max-open=many", "max-open needs a whole number, not 'many'");
    assertRefused("mem:64M,zone-size=16M,zone-capacity=32M", "is larger than the zone size");
    assertRefused("UUID=123", "is not a UUID");
    assertRefused("UUID=1-2-3-4-5", "is not a UUID");
    assertRefused("UUID=" + UUID, "no drive has it");
    assertRefused("LABEL=", "needs a label");
    assertRefused("LABEL=x", "no drive has it");
    assertRefused(directory.resolve("none").toString(), "no such file or device", "create");
    assertRefused("file:" + directory.resolve("none"), "no such file");
    assertRefused(directory.toString(), "is a directory");
    assertRefused("/dev/null", "not a regular file");
  }

  @Test
  void filesOfOtherKindsAreNamed() throws IOException {
    Path ext4 = directory.resolve("ext4.img");
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
    bytes.put(1024 + 56, (byte) 0x53).put(1024 + 57, (byte) 0xef).put(1024 + 0x60, (byte) 0x40);
    Files.write(ext4, bytes.array());
    assertRefused(ext4.toString(), "is not a zonefs-j image; it looks like ext4");
    Path zip = directory.resolve("drive.img.gz");
    Files.write(zip, new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    assertRefused("file:" + zip, "it looks like a gzip archive");
    assertThat(Files.size(ext4)).isEqualTo(1 << 20);
  }

  private Path image(String name) throws IOException {
    Path path = directory.resolve(name);
    ImageFile.create(path, EmulatedGeometry.ofSize(4 << 20));
    return path;
  }

  private void assertRefused(String spec, String... words) {
    Throwable refusal = catchThrowable(() -> resolver.open(spec, DeviceAccess.READ_WRITE).close());
    assertThat(refusal).as("refusal of '%s'", spec).isInstanceOf(IOException.class);
    assertThat(refusal).hasMessageContainingAll(words);
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }
}

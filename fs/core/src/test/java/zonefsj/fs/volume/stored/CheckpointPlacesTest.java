// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.volume.stored.CheckpointManifest.Part;
import zonefsj.fs.volume.stored.CheckpointManifest.StoredFile;

/** A manifest names no more than the drive holds, and nothing twice. */
class CheckpointPlacesTest {
  private static final int ZONE = 1 << 20;
  private static final int PART = 100_000;

  private final DeviceGeometry geometry;

  CheckpointPlacesTest() throws IOException {
    try (RamZonedDevice drive =
        RamZonedDevice.create(EmulatedGeometry.builder(32L * ZONE).zoneSizeBytes(ZONE).build())) {
      geometry = drive.geometry();
    }
  }

  private static CheckpointManifest manifest(List<Part> one, List<Part> two) {
    long bytes = one.stream().mapToLong(Part::payloadBytes).sum();
    return new CheckpointManifest(
        "any",
        new AppliedPosition(new UUID(1, 1), 1, 1),
        List.of(new StoredFile(new FileInfo("name", bytes, "00".repeat(32)), List.of(one, two))));
  }

  private static Part at(long position) {
    return new Part(position, PART, 0);
  }

  @Test
  void partsLieBesideEachOther() {
    assertThatCode(
            () ->
                manifest(List.of(at(0), at(3 * ZONE)), List.of(at(2 * ZONE), at(131_072)))
                    .checkPlaces(geometry))
        .doesNotThrowAnyException();
  }

  @Test
  void noPartIsThereTwice() {
    List<Part> often = new ArrayList<>(Collections.nCopies(1000, at(0)));
    assertRefused(manifest(often, List.of()));
    assertRefused(manifest(List.of(at(0)), List.of(at(0))));
    assertRefused(manifest(List.of(at(0)), List.of(at(4096))));
  }

  @Test
  void noPartIsOutsideItsZoneOrTheDrive() {
    for (long position : new long[] {ZONE - 4096, 32L * ZONE, 32L * ZONE - 4096, Long.MAX_VALUE}) {
      assertRefused(manifest(List.of(at(position)), List.of()));
    }
  }

  /** A few bytes of a manifest become many of memory, before any place is compared. */
  @Test
  void whatNoIndexNeedsIsNotDecoded() throws IOException {
    UUID filesystem = new UUID(1, 1);
    List<Part> some = Collections.nCopies(1000, at(0));
    byte[] good = manifest(some, some).encode();
    assertThat(CheckpointManifest.decode(filesystem, ByteBuffer.wrap(good)).files()).hasSize(1);
    List<Part> many = Collections.nCopies((1 << 19) + 1, at(0));
    assertThatThrownBy(() -> manifest(many, many).checkCounts()).isInstanceOf(IOException.class);
    byte[] parts = manifest(many, many).encode();
    assertThatThrownBy(() -> CheckpointManifest.decode(filesystem, ByteBuffer.wrap(parts)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("524289 parts");
    ByteBuffer files = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
    files.putInt(1 + "any".length() + 2 * Long.BYTES, (1 << 17) + 1);
    assertThatThrownBy(() -> CheckpointManifest.decode(filesystem, files))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("131073 files");
  }

  private void assertRefused(CheckpointManifest manifest) {
    assertThatThrownBy(() -> manifest.checkPlaces(geometry))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("impossible place");
  }
}

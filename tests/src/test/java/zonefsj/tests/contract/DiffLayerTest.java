// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerException;
import zonefsj.device.layer.LayeredZonedDevice;

/** A layer in a file keeps the contract, and everything after a close or a kill. */
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
class DiffLayerTest extends LayeredDriveContractTest {
  private static final int ZONE_TABLE = 8192;
  private static final int BASE_TABLE = ZONE_TABLE + Devices.ZONES * 32;
  private static final int BLOCK_MAP = 3 * 4096;

  private final AtomicInteger layers = new AtomicInteger();
  private final IdentityHashMap<LayeredZonedDevice, Path> paths = new IdentityHashMap<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  /** Can outlive the layer over it. */
  private static final class Lasting extends FilterZonedDevice {
    private boolean lasts;

    Lasting(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void close() throws IOException {
      if (!lasts) {
        super.close();
      }
    }
  }

  @Override
  LayeredZonedDevice layer(ZonedDevice base) throws IOException {
    Path path = directory.resolve("layer" + layers.incrementAndGet());
    DiffLayer.create(path, base);
    return open(path, new Lasting(base));
  }

  private LayeredZonedDevice open(Path path, ZonedDevice base) throws IOException {
    LayeredZonedDevice layer = DiffLayer.open(path, base, DeviceAccess.READ_WRITE);
    paths.put(layer, path);
    return layer;
  }

  /** After a close, or from what a killed process leaves. */
  @Override
  LayeredZonedDevice reopened(LayeredZonedDevice layer) throws IOException {
    Path path = Objects.requireNonNull(paths.remove(layer));
    if (layers.incrementAndGet() % 2 == 0) {
      path = Files.copy(path, directory.resolve("killed" + layers.get()));
    }
    Lasting base = (Lasting) layer.base();
    base.lasts = true;
    layer.close();
    base.lasts = false;
    return open(path, base);
  }

  @Test
  void openZonesAreStillOpenAfterReopening() throws IOException {
    LayeredZonedDevice layer = layer(new UntouchableDrive(written()));
    layer.open(9);
    layer.write(start(10), blocks(1, 1));
    layer = reopened(layer);
    assertZone(layer, 9, ZoneCondition.EXPLICIT_OPEN, 0);
    assertZone(layer, 10, ZoneCondition.IMPLICIT_OPEN, BLOCK);
    layer.close();
  }

  /** As an image: what is written afterwards would be gone at the close. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileThatIsGoneIsNoticed(boolean deleted) throws IOException {
    Path path = directory.resolve("layer");
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer = open(path, base)) {
      layer.append(9, blocks(1, 1));
      Path renamed = Files.move(path, directory.resolve("renamed"));
      assertThat(MediumPresence.lossOf(layer)).isEmpty();
      assertThat(MediumPresence.ofAll(layer)).isFalse();
      Files.move(renamed, path);
      assertThat(MediumPresence.ofAll(layer)).isTrue();
      if (deleted) {
        Files.delete(path);
      } else {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
          file.setLength(8192);
        }
      }
      assertThat(MediumPresence.ofAll(layer)).isFalse();
      assertThat(MediumPresence.lossOf(layer))
          .isEqualTo(path + (deleted ? " was deleted" : " was truncated"));
    }
  }

  @Test
  void anotherDriveIsRefused() throws IOException {
    Path path = directory.resolve("layer");
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE).close();

    EmulatedGeometry other = EmulatedGeometry.builder(base.geometry().capacityBytes() * 2).build();
    refused(path, "another size", () -> open(path, RamZonedDevice.create(other)));
    RamZonedDevice appended = base.snapshot();
    appended.append(8, blocks(1, 1));
    refused(path, "zone 8 was written up to byte 8192", () -> open(path, appended));
    RamZonedDevice reset = base.snapshot();
    reset.reset(4);
    refused(path, "zone 4 was full and is written up to byte 0", () -> open(path, reset));
    RamZonedDevice finished = base.snapshot();
    finished.finish(9);
    refused(path, "zone 9", () -> open(path, finished));
    RamZonedDevice closed = base.snapshot();
    closed.close(3);
    open(path, closed).close();
  }

  @Test
  void aZoneThatHasFailedSinceIsAccepted() throws IOException {
    Path path = directory.resolve("layer");
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    base.setReadOnly(2);
    base.setOffline(4);
    try (LayeredZonedDevice layer = open(path, base)) {
      assertThat(read(layer, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 2)));
      layer.append(2, blocks(1, 3));
      assertRefused(Reason.ZONE_OFFLINE, 4, () -> read(layer, start(4), BLOCK));
    }
  }

  @Test
  void oneWriterOrManyReaders() throws IOException {
    Path path = directory.resolve("layer");
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    refused(path, "already something", () -> DiffLayer.create(path, base));
    LayeredZonedDevice writer = open(path, base.snapshot());
    writer.append(2, blocks(1, 7));
    refused(path, "in use", () -> open(path, base.snapshot()));
    refused(path, "in use", () -> DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_ONLY));
    refused(path, "in use", () -> DiffLayer.drop(path));
    writer.close();
    List<LayeredZonedDevice> readers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      readers.add(DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_ONLY));
    }
    for (LayeredZonedDevice reader : readers) {
      assertThat(read(reader, start(2) + 3 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 7)));
      assertRefused(Reason.DEVICE_READ_ONLY, -1, () -> reader.append(2, blocks(1, 1)));
      reader.flush();
    }
    refused(path, "in use", () -> open(path, base.snapshot()));
    for (LayeredZonedDevice reader : readers) {
      reader.close();
    }
    DiffLayer.drop(path);
    assertThat(path).doesNotExist();
    refused(path, "no such file", () -> open(path, base.snapshot()));
    refused(path, "no such file", () -> DiffLayer.drop(path));
  }

  @Test
  void damageIsToldInOneLine() throws IOException {
    Path path = directory.resolve("layer");
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer = open(path, base.snapshot())) {
      layer.reset(2);
      layer.write(start(1), blocks(3, 1));
    }
    damaged(path, base, 70, "header");
    damaged(path, base, 4096, "merge");
    damaged(path, base, ZONE_TABLE + 2 * 32 + 8, "zone 2");
    damaged(path, base, BASE_TABLE + 5, "table of the drive below");
    damaged(path, base, BLOCK_MAP + 512 + 8, "map of the blocks of zone 1");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(file.length() - 4096);
    }
    refused(path, "truncated", () -> open(path, base.snapshot()));
    Files.write(path, new byte[] {'Z', 'F', 'J', 'D', 'I', 'F', '0', '1'});
    refused(path, "truncated", () -> open(path, base.snapshot()));
    Files.write(path, new byte[0]);
    refused(path, "it is empty", () -> open(path, base.snapshot()));
    Files.write(path, new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe});
    refused(path, "encrypted LUKS", () -> open(path, base.snapshot()));
    refused(path, "encrypted LUKS", () -> DiffLayer.drop(path));
    refused(directory, "not a regular file", () -> open(directory, base.snapshot()));
  }

  private void damaged(Path path, RamZonedDevice base, long at, String words) throws IOException {
    Path copy = Files.copy(path, directory.resolve("damaged" + at));
    try (RandomAccessFile file = new RandomAccessFile(copy.toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ 1);
    }
    refused(copy, words, () -> open(copy, base.snapshot()));
  }

  static void refused(Path path, String words, ThrowingCallable call) {
    LayerException refusal = catchThrowableOfType(LayerException.class, call);
    assertThat(refusal).as("a refusal that says '%s'", words).isNotNull();
    assertThat(refusal).hasMessageContaining(words).hasMessageContaining(path.toString());
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }
}

// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.CAPACITY;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerException;
import zonefsj.device.layer.LayeredZonedDevice;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.tests.fixture.LayerTops;

/** A layer on a drive keeps the contract, and everything after a close or a kill. */
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
class DriveLayerTest extends LayeredDriveContractTest {
  private static final int OWN = LayerTops.RESERVED;

  private final AtomicInteger layers = new AtomicInteger();
  private final IdentityHashMap<LayeredZonedDevice, RamZonedDevice> tops = new IdentityHashMap<>();

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
    return open(begin(base), new Lasting(base));
  }

  private static RamZonedDevice begin(ZonedDevice base) throws IOException {
    RamZonedDevice top = RamZonedDevice.create(LayerTops.over(base));
    DiffLayer.create(top, base, false);
    return top;
  }

  private LayeredZonedDevice open(RamZonedDevice top, ZonedDevice base) throws IOException {
    LayeredZonedDevice layer = DiffLayer.open(top, base, DeviceAccess.READ_WRITE);
    tops.put(layer, top);
    return layer;
  }

  /** From what a killed process leaves: a drive keeps what it was told. */
  @Override
  LayeredZonedDevice reopened(LayeredZonedDevice layer) throws IOException {
    RamZonedDevice top = Objects.requireNonNull(tops.remove(layer)).snapshot();
    Lasting base = (Lasting) layer.base();
    base.lasts = true;
    layer.close();
    base.lasts = false;
    if (layers.incrementAndGet() % 3 == 0) {
      DiffLayer.open(top.snapshot(), base.delegate(), DeviceAccess.READ_ONLY);
    }
    return open(top, base);
  }

  @Override
  PlainComparison comparison(long seed) {
    return super.comparison(seed).forgettingUnwritten();
  }

  @Test
  void aZoneThatIsFullOnTheLayerIsNotActiveOnItsDrive() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice top = begin(base);
    try (LayeredZonedDevice layer = open(top, new UntouchableDrive(base))) {
      layer.write(start(2) + 3 * BLOCK, blocks(45, 1));
      assertZone(layer, 2, ZoneCondition.FULL, CAPACITY);
      assertThat(zone(top, OWN + 2).condition()).isEqualTo(ZoneCondition.FULL);
      layer.reset(2);
      layer.write(start(2), blocks(1, 3));
      assertZone(top, OWN + 2, ZoneCondition.IMPLICIT_OPEN, BLOCK);
    }
  }

  @Test
  void theFirstWriteOfAConventionalZoneCopiesIt() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice top = begin(base);
    LayeredZonedDevice layer = open(top, new Lasting(new UntouchableDrive(base)));
    layer.write(start(0) + 6 * BLOCK, blocks(1, 60));
    byte[] expected =
        joined(new byte[BLOCK], Arrays.copyOf(bytes(blocks(4, 10)), BLOCK), bytes(blocks(1, 60)));
    assertThat(read(layer, start(0) + 4 * BLOCK, 3 * BLOCK)).isEqualTo(expected);
    assertThat(read(top, (long) OWN * ZONE + 4 * BLOCK, 3 * BLOCK)).isEqualTo(expected);
    layer = reopened(layer);
    assertThat(read(layer, start(0) + 4 * BLOCK, 3 * BLOCK)).isEqualTo(expected);
    layer.close();
  }

  @Test
  void aZoneThatFailsOnTheDriveOfTheLayerFailsInTheLayer() throws IOException {
    RamZonedDevice top = begin(written());
    try (LayeredZonedDevice layer = open(top, new UntouchableDrive(written()))) {
      layer.write(start(9), blocks(2, 9));
      layer.write(start(2) + 3 * BLOCK, blocks(1, 1));
      top.setReadOnly(OWN + 9);
      top.setOffline(OWN + 2);
      top.setOffline(OWN + 10);
      assertThat(zone(layer, 9).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      assertThat(read(layer, start(9), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 9)));
      assertThat(zone(layer, 2).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      assertThat(read(layer, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 2)));
      assertThat(zone(layer, 10).condition()).isEqualTo(ZoneCondition.OFFLINE);
      assertRefused(Reason.ZONE_READ_ONLY, 9, () -> layer.append(9, blocks(1, 1)));
    }
  }

  @Test
  void anotherDriveBelowIsRefused() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice top = begin(base);
    DiffLayer.open(top.snapshot(), base.snapshot(), DeviceAccess.READ_WRITE).close();

    EmulatedGeometry other = EmulatedGeometry.builder(base.geometry().capacityBytes() * 2).build();
    refused(top, "another size", () -> open(top, RamZonedDevice.create(other)));
    RamZonedDevice appended = base.snapshot();
    appended.append(8, blocks(1, 1));
    refused(top, "zone 8 was written up to byte 8192", () -> open(top, appended));
    RamZonedDevice reset = base.snapshot();
    reset.reset(4);
    refused(top, "zone 4 was full and is written up to byte 0", () -> open(top, reset));
  }

  @Test
  void aDriveThatDoesNotFitIsRefused() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice same = RamZonedDevice.create(Devices.geometry());
    refused(same, "3 more than the 16", () -> DiffLayer.create(same, base, true));
    RamZonedDevice sequential = RamZonedDevice.create(builder(base).conventionalZones(0).build());
    refused(sequential, "another type", () -> DiffLayer.create(sequential, base, true));
    RamZonedDevice low = RamZonedDevice.create(builder(base).zoneCapacityBytes(4 * BLOCK).build());
    refused(low, "less room", () -> DiffLayer.create(low, base, true));
    RamZonedDevice few =
        RamZonedDevice.create(builder(base).maxOpenZones(3).maxActiveZones(5).build());
    refused(few, "allows 5 active zones", () -> DiffLayer.create(few, base, true));
    RamZonedDevice blocks = RamZonedDevice.create(builder(base).blockSizeBytes(2 * BLOCK).build());
    refused(blocks, "its blocks are larger", () -> DiffLayer.create(blocks, base, true));
  }

  private static EmulatedGeometry.Builder builder(ZonedDevice base) throws IOException {
    EmulatedGeometry fits = LayerTops.over(base);
    return EmulatedGeometry.builder(fits.sizeBytes())
        .zoneSizeBytes(ZONE)
        .zoneCapacityBytes(CAPACITY)
        .conventionalZones(Devices.CONVENTIONAL + OWN)
        .maxOpenZones(fits.maxOpenZones())
        .maxActiveZones(fits.maxActiveZones())
        .maxAppendBytes(32 * BLOCK);
  }

  @Test
  void onlyAnEmptyDriveBecomesALayer() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice top = RamZonedDevice.create(LayerTops.over(base));
    assertThatThrownBy(() -> open(top, base))
        .isInstanceOf(DeviceSpecException.class)
        .hasMessageContaining("keeps no layer; 'zonefs-j layer create' begins one");
    top.append(OWN + 9, blocks(1, 1));
    refused(top, "is not empty", () -> DiffLayer.create(top, base, false));
    DiffLayer.create(top, base, true);
    assertZone(top, OWN + 9, ZoneCondition.EMPTY, 0);
    try (LayeredZonedDevice layer = open(top, base)) {
      assertThat(layer.layer()).isEqualTo(DiffLayer.identity(top));
      assertThat(layer.below()).hasSize(2);
    }
  }

  @Test
  void aDropEmptiesTheDrive() throws IOException {
    RamZonedDevice base = written();
    RamZonedDevice top = begin(base);
    try (LayeredZonedDevice layer = open(top.snapshot(), base.snapshot())) {
      layer.append(9, blocks(1, 1));
      layer.reset(2);
    }
    assertThat(DiffLayer.drop(top)).isNotNull();
    assertThat(DiffLayer.identity(top)).isEmpty();
    for (int zone = 0; zone < ZONES + OWN; zone++) {
      assertThat(zone(top, zone).writtenBytes()).isZero();
    }
    DiffLayer.create(top, base, false);
  }

  @Test
  void oneLabelIsEnough() throws IOException {
    for (int label = 0; label < 2; label++) {
      for (boolean offline : new boolean[] {true, false}) {
        RamZonedDevice base = sequential();
        RamZonedDevice top = begin(base);
        LayeredZonedDevice layer = open(top, new Lasting(base));
        layer.reset(1);
        layer.append(1, blocks(1, 7));
        layer.flush();
        if (offline) {
          top.setOffline(label);
        } else {
          top.setReadOnly(label);
        }
        layer.reset(2);
        layer.append(2, blocks(1, 8));
        layer.flush();
        for (int round = 0; round < 3; round++) {
          assertThat(read(layer, start(1), BLOCK)).isEqualTo(bytes(blocks(1, 7)));
          assertThat(read(layer, start(2), BLOCK)).isEqualTo(bytes(blocks(1, 8)));
          layer = reopened(layer);
        }
        layer.close();
      }
    }
  }

  /** Nothing has told of it before, and the drive says later that the zone is as good as others. */
  @Test
  void aLabelThatFailsAtAWriteIsBegunAgain() throws IOException {
    for (int label = 0; label < 2; label++) {
      RamZonedDevice base = sequential();
      RamZonedDevice top = begin(base);
      FailingZone failing = new FailingZone(top, label);
      try (LayeredZonedDevice layer =
          DiffLayer.open(failing, base.snapshot(), DeviceAccess.READ_WRITE)) {
        layer.reset(1);
        layer.append(1, blocks(1, 7));
        layer.flush();
        failing.fails = true;
        layer.reset(2);
        layer.append(2, blocks(1, 8));
        layer.flush();
        layer.reset(3);
        layer.flush();
        failing.fails = false;
        layer.reset(4);
        layer.flush();
        // Now the other one may end.
        top.setOffline(1 - label);
      }
      try (LayeredZonedDevice layer = open(top.snapshot(), base.snapshot())) {
        assertThat(read(layer, start(1), BLOCK)).isEqualTo(bytes(blocks(1, 7)));
        assertThat(read(layer, start(2), BLOCK)).isEqualTo(bytes(blocks(1, 8)));
        assertZone(layer, 3, ZoneCondition.EMPTY, 0);
        assertZone(layer, 4, ZoneCondition.EMPTY, 0);
      }
    }
  }

  /** A drive that does not write to one zone. */
  private static final class FailingZone extends FilterZonedDevice {
    private final int zone;
    private boolean fails;

    FailingZone(ZonedDevice delegate, int zone) {
      super(delegate);
      this.zone = zone;
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      if (fails && positionBytes / ZONE == zone) {
        throw new DeviceException(Reason.MEDIA, zone, "the zone takes nothing");
      }
      super.write(positionBytes, sources);
    }

    @Override
    public void close() {
      // It is opened again.
    }
  }

  /** It may have what an earlier layer wrote, for ever. */
  @Test
  void noLayerBeginsOnAFailedZone() throws IOException {
    RamZonedDevice base = sequential();
    for (int zone : List.of(0, 1, 2, OWN + 1)) {
      RamZonedDevice top = RamZonedDevice.create(LayerTops.over(base));
      top.setReadOnly(zone);
      refused(top, "its zone " + zone + " has failed", () -> DiffLayer.create(top, base, true));
    }
  }

  @Test
  void withoutAnyLabelNothingIsWritten() throws IOException {
    RamZonedDevice base = sequential();
    RamZonedDevice top = begin(base);
    try (LayeredZonedDevice layer = open(top, base)) {
      top.setReadOnly(0);
      top.setReadOnly(1);
      assertThatThrownBy(() -> layer.reset(1))
          .hasMessageContaining("has a label of the layer, has failed");
      assertThatThrownBy(layer::flush).hasMessageContaining("has a label of the layer, has failed");
    }
  }

  private static RamZonedDevice sequential() throws IOException {
    RamZonedDevice base =
        RamZonedDevice.create(
            EmulatedGeometry.builder((long) ZONES * ZONE).zoneSizeBytes(ZONE).build());
    base.append(1, Devices.blocks(2, 1));
    base.append(2, Devices.blocks(2, 2));
    base.append(3, Devices.blocks(2, 3));
    base.append(4, Devices.blocks(2, 4));
    return base;
  }

  @Test
  void damageIsToldInOneLine() throws IOException {
    RamZonedDevice base = written();
    for (int at : List.of(70, 4096 + 5, 8192 + 20)) {
      RamZonedDevice top = begin(base);
      for (int label = 0; label < 2; label++) {
        byte[] block = read(top, start(label) + at / BLOCK * BLOCK, BLOCK);
        block[at % BLOCK] ^= 1;
        top.write(start(label) + at / BLOCK * BLOCK, ByteBuffer.wrap(block));
      }
      String words =
          at < 4096 ? "header" : at < 8192 ? "table of the drive below" : "no whole record";
      refused(top, words, () -> open(top, base.snapshot()));
    }
  }

  private static void refused(ZonedDevice top, String words, ThrowingCallable call) {
    LayerException refusal = catchThrowableOfType(LayerException.class, call);
    assertThat(refusal).as("a refusal that says '%s'", words).isNotNull();
    assertThat(refusal)
        .hasMessageContaining(words)
        .hasMessageContaining(top.geometry().description());
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }
}

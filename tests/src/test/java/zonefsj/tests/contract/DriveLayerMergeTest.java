// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.LayerMergeTest.content;
import static zonefsj.tests.contract.LayerMergeTest.failingFrom;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerException;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.LayeredZonedDevice;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.tests.fixture.LayerTops;

/** A merged layer of a drive leaves the drive below as it was, however often it is interrupted. */
class DriveLayerMergeTest {
  private static final int SEQUENCES = 10;
  private static final int STEPS = 120;
  private static final LayerMerge.Progress NO_PROGRESS = (done, total) -> {};

  private RamZonedDevice base = Devices.written();
  private RamZonedDevice top = RamZonedDevice.create(LayerTops.over(base));

  DriveLayerMergeTest() throws IOException {}

  @Test
  void theDriveBelowIsAsTheLayerWas() throws IOException {
    for (long seed = 1; seed <= 4 * SEQUENCES; seed++) {
      begin(seed);
      List<String> expected = contentOfLayer();
      LayerMerge.commit(top, base, NO_PROGRESS);
      assertThat(content(base)).as("seed %d", seed).isEqualTo(expected);
      assertThat(DiffLayer.identity(top)).isEmpty();
      DiffLayer.create(top, base, false);
    }
  }

  @Test
  void aMergeThatIsInterruptedAnywhereIsContinued() throws IOException {
    int interruptions = 0;
    for (long seed = 1; seed <= SEQUENCES; seed++) {
      begin(seed);
      List<String> expected = contentOfLayer();
      RamZonedDevice startOfBase = base;
      RamZonedDevice startOfTop = top;
      for (int side = 0; side < 2; side++) {
        boolean interrupted = true;
        for (int nth = 1; interrupted; nth += 1 + nth / 20) {
          base = startOfBase.snapshot();
          top = startOfTop.snapshot();
          interrupted = isInterrupted(side == 0, nth, nth % 3);
          if (interrupted) {
            interruptions++;
            isInterrupted(side != 0, 1 + nth * 7 % 11, 0);
            if (DiffLayer.identity(top).isPresent()) {
              assertThat(contentOfLayerOrBase(expected))
                  .as("seed %d, side %d, %d", seed, side, nth)
                  .isEqualTo(expected);
              LayerMerge.commit(top, base, NO_PROGRESS);
            }
          }
          assertThat(content(base))
              .as("seed %d, side %d, interrupted at %d", seed, side, nth)
              .isEqualTo(expected);
        }
      }
    }
    assertThat(interruptions).isGreaterThan(100);
  }

  /** When the drive below has all, what ends is the layer alone. */
  private List<String> contentOfLayerOrBase(List<String> expected) throws IOException {
    List<String> ofBase = content(base);
    return ofBase.equals(expected) ? ofBase : contentOfLayer();
  }

  /** The drive below has moved its write pointer, and lost the bytes. */
  @Test
  void bytesThatAPowerFailureTookAreWrittenAgain() throws IOException {
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(2, blocks(4, 20));
      layer.append(8, blocks(3, 80));
      layer.finish(8);
      layer.append(9, blocks(2, 90));
    }
    List<String> expected = contentOfLayer();
    RamZonedDevice lost = base.snapshot();
    assertThat(isInterrupted(true, 3, 0)).isTrue();
    lost.append(2, ByteBuffer.allocate(2 * BLOCK));
    lost.append(8, ByteBuffer.allocate(2 * BLOCK), blocks(1, 80));
    base = lost;
    assertThat(contentOfLayer()).isEqualTo(expected);
    // The beginnings of two zones take turns in the spare zone.
    for (int nth = 1; nth < 30; nth += 3) {
      isInterrupted(nth % 2 == 0, nth, 0);
      if (DiffLayer.identity(top).isPresent()) {
        assertThat(contentOfLayerOrBase(expected)).as("%d", nth).isEqualTo(expected);
      }
    }
    if (DiffLayer.identity(top).isPresent()) {
      LayerMerge.commit(top, base, NO_PROGRESS);
    }
    assertThat(content(base)).isEqualTo(expected);
  }

  /** Both become full, and the spare zone has the beginning of one of them. */
  @Test
  void theBeginningInTheSpareZoneIsNotLostToAnotherZone() throws IOException {
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      for (int zone : new int[] {2, 8}) {
        layer.append(zone, blocks(3, 10L * zone));
        layer.finish(zone);
      }
    }
    List<String> expected = contentOfLayer();
    RamZonedDevice lost = base.snapshot();
    assertThat(isInterrupted(true, 3, 0)).isTrue();
    lost.append(2, ByteBuffer.allocate(2 * BLOCK));
    lost.append(8, ByteBuffer.allocate(2 * BLOCK));
    RamZonedDevice interrupted = top;
    boolean more = true;
    for (int nth = 1; more; nth++) {
      base = lost.snapshot();
      top = interrupted.snapshot();
      more = isInterrupted(true, nth, 0);
      if (DiffLayer.identity(top).isPresent()) {
        LayerMerge.commit(top, base, NO_PROGRESS);
      }
      assertThat(content(base)).as("interrupted at %d", nth).isEqualTo(expected);
    }
  }

  @Test
  void anInterruptedMergeCanBeReadAndNothingElse() throws IOException {
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(2, blocks(2, 20));
      layer.append(9, blocks(2, 90));
    }
    assertThat(isInterrupted(true, 3, 0)).isTrue();
    refused("interrupted", () -> DiffLayer.open(top, base, DeviceAccess.READ_WRITE));
    refused("interrupted", () -> DiffLayer.drop(top));
    refused("interrupted", () -> DiffLayer.create(top, base, true));
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_ONLY)) {
      assertThat(Devices.read(layer, start(9), 2 * BLOCK)).isEqualTo(Devices.bytes(blocks(2, 90)));
    }
    RamZonedDevice other = base.snapshot();
    other.append(10, blocks(1, 1));
    refused("zone 10", () -> LayerMerge.commit(top, other, NO_PROGRESS));
  }

  @Test
  void aDropThatIsInterruptedIsRepeated() throws IOException {
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(9, blocks(2, 90));
      layer.append(10, blocks(2, 91));
    }
    RamZonedDevice before = top;
    boolean isRefused = false;
    for (int nth = 1; DiffLayer.identity(top).isPresent(); nth++) {
      top = before.snapshot();
      try {
        DiffLayer.drop(new FaultyZonedDevice(top, failingFrom(nth, 0), top));
      } catch (DeviceException injected) {
        assertThat(injected).hasMessageContaining("injected");
      }
      if (DiffLayer.identity(top).isPresent()) {
        RamZonedDevice left = top.snapshot();
        try {
          DiffLayer.open(left, base.snapshot(), DeviceAccess.READ_WRITE).close();
        } catch (LayerException dropped) {
          assertThat(dropped)
              .hasMessageContaining("was being dropped")
              .hasMessageContaining("again");
          isRefused = true;
          DiffLayer.drop(top.snapshot());
        }
      }
    }
    assertThat(isRefused).isTrue();
  }

  @Test
  void aFailedZoneOfTheLayerIsToldBeforeAnythingChanges() throws IOException {
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(9, blocks(2, 90));
    }
    top.setOffline(LayerTops.RESERVED + 9);
    refused(
        "zone 9 of the layer has failed",
        () -> LayerMerge.commit(top, new UntouchableDrive(base), NO_PROGRESS));
  }

  /** A drive that was written at random, and a layer over it with random changes. */
  private void begin(long seed) throws IOException {
    PlainComparison sequence = new PlainComparison(seed);
    base = sequence.below();
    top = RamZonedDevice.create(LayerTops.over(base));
    DiffLayer.create(top, base, false);
    try (LayeredZonedDevice layer =
        DiffLayer.open(lasting(top), base.snapshot(), DeviceAccess.READ_WRITE)) {
      for (int step = 0; step < STEPS; step++) {
        DriveAccesses.Access access = sequence.next(layer, false);
        try {
          access.action().run(layer, base);
        } catch (DeviceException refused) {
          assertThat(refused.reason()).isNotEqualTo(Reason.MEDIA);
        }
      }
    }
  }

  private boolean isInterrupted(boolean isBase, int nth, int blocks) throws IOException {
    try {
      LayerMerge.commit(
          isBase ? top : new FaultyZonedDevice(top, failingFrom(nth, blocks), top),
          isBase ? new FaultyZonedDevice(base, failingFrom(nth, blocks), base) : base,
          NO_PROGRESS);
      return false;
    } catch (DeviceException injected) {
      assertThat(injected).hasMessageContaining("injected");
      return true;
    } catch (DeviceSpecException isGone) {
      return false;
    }
  }

  private List<String> contentOfLayer() throws IOException {
    try (LayeredZonedDevice layer =
        DiffLayer.open(top.snapshot(), base.snapshot(), DeviceAccess.READ_ONLY)) {
      return content(layer);
    }
  }

  private static ZonedDevice lasting(ZonedDevice drive) {
    return new FilterZonedDevice(drive) {
      @Override
      public void close() {
        // Opened again.
      }
    };
  }

  private static void refused(String words, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(LayerException.class).hasMessageContaining(words);
  }
}

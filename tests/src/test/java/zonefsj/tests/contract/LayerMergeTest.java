// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.Devices.written;
import static zonefsj.tests.contract.Devices.zone;
import static zonefsj.tests.contract.DiffLayerTest.refused;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultPlan;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerException;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.LayeredZonedDevice;

/** A merged layer leaves the drive below as the layer had it, however often it is interrupted. */
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
class LayerMergeTest {
  private static final int MERGE_RECORD = 4096;
  private static final int SEQUENCES = 12;
  private static final int STEPS = 120;
  private static final LayerMerge.Progress NOBODY = (done, total) -> {};

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path path;

  @BeforeEach
  void namePath() {
    path = directory.resolve("layer");
  }

  @Test
  void theDriveBelowIsAsTheLayerWas() throws IOException {
    for (long seed = 1; seed <= 4 * SEQUENCES; seed++) {
      RamZonedDevice base = randomLayer(seed);
      List<String> expected = contentOfLayer(base);
      List<Long> progress = new ArrayList<>();
      LayerMerge.commit(path, base, (done, total) -> progress.addAll(List.of(done, total)));
      assertThat(content(base)).as("seed %d", seed).isEqualTo(expected);
      assertThat(path).doesNotExist();
      assertThat(progress.get(progress.size() - 2)).isEqualTo(progress.get(progress.size() - 1));
    }
  }

  @Test
  void aMergeThatIsInterruptedAnywhereIsContinued() throws IOException {
    int interruptions = 0;
    for (long seed = 1; seed <= SEQUENCES; seed++) {
      RamZonedDevice start = randomLayer(seed);
      List<String> expected = contentOfLayer(start);
      Path kept = Files.move(path, directory.resolve("kept"));
      boolean interrupted = true;
      for (int nth = 1; interrupted; nth++) {
        Files.copy(kept, path);
        RamZonedDevice base = start.snapshot();
        interrupted = isInterrupted(base, nth, nth % 3);
        if (interrupted) {
          interruptions++;
          isInterrupted(base, 1 + nth * 7 % 11, 0);
          if (Files.exists(path)) {
            assertThat(contentOfLayer(base)).as("seed %d, %d", seed, nth).isEqualTo(expected);
            LayerMerge.commit(path, base, NOBODY);
          }
        }
        assertThat(content(base)).as("seed %d, interrupted at %d", seed, nth).isEqualTo(expected);
        assertThat(path).doesNotExist();
      }
      Files.delete(kept);
    }
    assertThat(interruptions).isGreaterThan(100);
  }

  @Test
  void bytesThatAPowerFailureTookAreWrittenAgain() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(2, blocks(4, 20));
      layer.reset(4);
      layer.append(4, blocks(4, 40));
      layer.append(8, blocks(3, 80));
      layer.finish(8);
    }
    List<String> expected = contentOfLayer(base);
    setStage(2);
    // Write pointers as the merge has moved them, and zeros where its bytes are lost.
    base.append(2, ByteBuffer.allocate(2 * BLOCK));
    base.reset(4);
    base.append(4, blocks(4, 40).limit(BLOCK), ByteBuffer.allocate(2 * BLOCK));
    base.append(8, blocks(3, 80).limit(2 * BLOCK), ByteBuffer.allocate(BLOCK));
    base.finish(8);
    assertThat(contentOfLayer(base)).isEqualTo(expected);
    assertThat(isInterrupted(base, 3, 0)).isTrue();
    assertThat(contentOfLayer(base)).isEqualTo(expected);
    LayerMerge.commit(path, base, NOBODY);
    assertThat(content(base)).isEqualTo(expected);
    assertThat(read(base, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 2)));
  }

  /** On some parts of a striped drive, and on others not. */
  @Test
  void aResetThatThePowerCutInHalfIsRepeated() throws IOException {
    RamZonedDevice base = written();
    base.append(9, blocks(5, 70));
    base.finish(9);
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.reset(9);
      layer.append(9, blocks(2, 71));
    }
    List<String> expected = contentOfLayer(base);
    setStage(1);
    base.reset(9);
    base.append(9, blocks(5, 70).limit(3 * BLOCK));
    assertThat(contentOfLayer(base)).isEqualTo(expected);
    LayerMerge.commit(path, base, NOBODY);
    assertThat(content(base)).isEqualTo(expected);
  }

  @Test
  void aFinishThatThePowerCutInHalfIsRepeated() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(9, blocks(2, 90));
      layer.finish(9);
    }
    List<String> expected = contentOfLayer(base);
    setStage(2);
    base.append(9, blocks(2, 90), ByteBuffer.allocate(3 * BLOCK));
    assertThat(contentOfLayer(base)).isEqualTo(expected);
    LayerMerge.commit(path, base, NOBODY);
    assertThat(zone(base, 9).condition()).isEqualTo(ZoneCondition.FULL);
    assertThat(read(base, start(9), ZONE)).startsWith(bytes(blocks(2, 90)));
  }

  @Test
  void anInterruptedMergeCanBeReadAndNothingElse() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(2, blocks(2, 20));
      layer.append(9, blocks(2, 90));
    }
    assertThat(isInterrupted(base, 2, 0)).isTrue();
    refused(
        path, "interrupted", () -> DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE));
    refused(path, "interrupted", () -> DiffLayer.drop(path));
    try (LayeredZonedDevice layer = DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_ONLY)) {
      assertThat(read(layer, start(9), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 90)));
    }
    // Written by somebody else meanwhile.
    RamZonedDevice other = base.snapshot();
    other.append(10, blocks(1, 1));
    refused(path, "zone 10", () -> LayerMerge.commit(path, other, NOBODY));
  }

  @Test
  void aMergedLayerIsRemovedOnly() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    setStage(3);
    refused(path, "is merged", () -> DiffLayer.open(path, base, DeviceAccess.READ_ONLY));
    base.append(8, blocks(1, 1));
    LayerMerge.commit(path, new UntouchableDrive(base), NOBODY);
    assertThat(path).doesNotExist();
  }

  @Test
  void aFailedZoneIsToldBeforeAnythingChanges() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      layer.append(2, blocks(2, 20));
      layer.append(9, blocks(2, 90));
    }
    base.setReadOnly(8);
    RamZonedDevice failed = base.snapshot();
    failed.setReadOnly(9);
    refused(path, "zone 9", () -> LayerMerge.commit(path, new UntouchableDrive(failed), NOBODY));
    LayerMerge.commit(path, base, NOBODY);
    assertThat(read(base, start(9), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 90)));
  }

  /** A drive that was written at random, and a layer over it with random changes. */
  private RamZonedDevice randomLayer(long seed) throws IOException {
    PlainComparison sequence = new PlainComparison(seed);
    RamZonedDevice base = sequence.below();
    DiffLayer.create(path, base);
    try (LayeredZonedDevice layer =
        DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_WRITE)) {
      for (int step = 0; step < STEPS; step++) {
        DriveAccesses.Access access = sequence.next(layer, false);
        try {
          access.action().run(layer, base);
        } catch (DeviceException refused) {
          assertThat(refused.reason()).isNotEqualTo(Reason.MEDIA);
        }
      }
    }
    return base;
  }

  /**
   * Merges, with a failure of the n-th and of all later changes of the drive.
   *
   * @param blocks how many blocks of the n-th change are done
   * @return whether it came to that
   */
  private boolean isInterrupted(RamZonedDevice base, int nth, int blocks) throws IOException {
    FaultPlan plan = failingFrom(nth, blocks);
    try {
      LayerMerge.commit(path, new FaultyZonedDevice(base, plan, base), NOBODY);
      return false;
    } catch (DeviceException injected) {
      assertThat(injected).hasMessageContaining("injected");
      return true;
    }
  }

  /** Fails the n-th change and all later ones; some blocks of the n-th one are done. */
  static FaultPlan failingFrom(int nth, int blocks) {
    AtomicLong changes = new AtomicLong();
    return (operation, zone, ordinal) -> {
      if (operation == DeviceOperation.READ || operation == DeviceOperation.REPORT) {
        return Optional.empty();
      }
      long change = changes.incrementAndGet();
      if (change < nth) {
        return Optional.empty();
      }
      return Optional.of(
          change == nth && blocks > 0 ? new Fault.Tear(blocks) : new Fault.Fail(Reason.MEDIA));
    };
  }

  private void setStage(int stage) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(stage);
    CRC32C crc = new CRC32C();
    crc.update(record.array(), 0, 4);
    record.putInt((int) crc.getValue());
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(MERGE_RECORD);
      file.write(record.array());
    }
  }

  private List<String> contentOfLayer(RamZonedDevice base) throws IOException {
    try (LayeredZonedDevice layer = DiffLayer.open(path, base.snapshot(), DeviceAccess.READ_ONLY)) {
      return content(layer);
    }
  }

  /** States and bytes of all zones; zones without written data count as the same. */
  static List<String> content(ZonedDevice device) throws IOException {
    List<String> content = new ArrayList<>();
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      boolean isPartly = zone.condition().isActive() || zone.condition() == ZoneCondition.EMPTY;
      content.add(
          zone.index()
              + (isPartly ? " partly " : " " + zone.condition() + " ")
              + zone.writtenBytes()
              + " "
              + (zone.condition() == ZoneCondition.OFFLINE
                  ? ""
                  : Arrays.hashCode(read(device, zone.startBytes(), (int) zone.sizeBytes()))));
    }
    return content;
  }

  @Test
  void aDriveThatCannotBeWrittenKeepsTheLayer() throws IOException {
    RamZonedDevice base = written();
    DiffLayer.create(path, base);
    assertThatThrownBy(
            () ->
                LayerMerge.commit(
                    path,
                    new FaultyZonedDevice(
                        base,
                        (operation, zone, ordinal) ->
                            operation == DeviceOperation.FLUSH
                                ? Optional.of(new Fault.Fail(Reason.FLUSH_FAILED))
                                : Optional.empty(),
                        base),
                    NOBODY))
        .isInstanceOf(DeviceException.class)
        .isNotInstanceOf(LayerException.class);
    assertThat(path).exists();
  }
}
